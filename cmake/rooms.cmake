# pigou_room(NAME links...): one static library per room, linked leftwards only. tests/NAME/*.cpp
# becomes test_NAME, one ctest entry per case, so that a skipped case is seen as skipped.
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

function(pigou_room name)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(sources)
    add_library(pigou_${name} STATIC ${sources})
    target_link_libraries(pigou_${name} PUBLIC pigou_options ${ARGN})
  else()
    add_library(pigou_${name} INTERFACE)
    target_link_libraries(pigou_${name} INTERFACE pigou_options ${ARGN})
  endif()
  pigou_room_tests(${name})
endfunction()

function(pigou_room_tests name)
  file(GLOB tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*.cpp)
  if(NOT tests OR NOT BUILD_TESTING)
    return()
  endif()
  add_executable(test_${name} ${tests})
  target_link_libraries(test_${name} PRIVATE pigou_${name} GTest::gtest_main)
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(test_${name} PRIVATE
    PIGOU_SOURCE_DIR="${PROJECT_SOURCE_DIR}" PIGOU_PROGRAM="${PROJECT_BINARY_DIR}/pigou")
  gtest_discover_tests(test_${name} TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} PROPERTIES LABELS ${name} TIMEOUT 600)
endfunction()
