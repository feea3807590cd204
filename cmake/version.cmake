# pigou_version: version, git revision and build facts. The revision is looked up at every build,
# but its file changes only when the answer does, and only rooms that print it link this library.
set(PIGOU_REVISION_HEADER ${PROJECT_BINARY_DIR}/generated/pigou_revision.hpp)
add_custom_target(pigou_revision
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DHEADER=${PIGOU_REVISION_HEADER}
          -P ${PROJECT_SOURCE_DIR}/cmake/revision.cmake
  BYPRODUCTS ${PIGOU_REVISION_HEADER}
  VERBATIM)
add_library(pigou_version STATIC ${PROJECT_SOURCE_DIR}/cmake/version.cpp)
add_dependencies(pigou_version pigou_revision)
target_link_libraries(pigou_version PUBLIC pigou_options)
target_include_directories(pigou_version PRIVATE ${PROJECT_BINARY_DIR}/generated)
set(cuda_text "none")
if(PIGOU_HAS_CUDA)
  set(cuda_text "${CMAKE_CUDA_COMPILER_VERSION}")
endif()
target_compile_definitions(pigou_version PRIVATE
  PIGOU_VERSION="${PROJECT_VERSION}"
  PIGOU_COMPILER="${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
  PIGOU_BUILD_TYPE="${CMAKE_BUILD_TYPE}"
  PIGOU_CUDA_VERSION="${cuda_text}")
