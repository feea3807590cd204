# pigou_room(NAME links...): one static library per room, sub-rooms and all, linked leftwards only.
# tests/NAME and what is below it become test_NAME, one ctest entry per case, so that a skipped case
# is seen as skipped.
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# The two paths tests need (tests/paths.hpp): the only file among them that differs between clones.
set(paths ${PROJECT_BINARY_DIR}/generated/test_paths.cpp)
file(CONFIGURE OUTPUT ${paths} @ONLY CONTENT
"#include \"paths.hpp\"

std::string pigou::source_root() { return \"@PROJECT_SOURCE_DIR@\"; }
std::string pigou::program() {
  const char* const named = std::getenv(\"PIGOU_PROGRAM\");
  return named != nullptr ? named : \"@PROJECT_BINARY_DIR@/pigou\";
}
")
add_library(pigou_test_paths STATIC EXCLUDE_FROM_ALL ${paths})
target_link_libraries(pigou_test_paths PUBLIC pigou_options)
target_include_directories(pigou_test_paths PUBLIC ${PROJECT_SOURCE_DIR}/tests)

function(pigou_room name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  # The program's own file, and what is built only where there is a CUDA compiler, or none.
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$|/cuda/")
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
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*.cpp)
  if(NOT tests OR NOT BUILD_TESTING)
    return()
  endif()
  add_executable(test_${name} ${tests})
  target_link_libraries(test_${name} PRIVATE pigou_${name} pigou_test_paths GTest::gtest_main)
  gtest_discover_tests(test_${name} TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} PROPERTIES LABELS ${name})
endfunction()
