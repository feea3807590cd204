# What every target compiles with. No -march=native: one binary runs on any x86-64 or aarch64, and
# the scoring kernels carry their own function multiversioning.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
find_program(PIGOU_CCACHE ccache)
if(PIGOU_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PIGOU_CCACHE})
endif()

add_library(pigou_options INTERFACE)
target_include_directories(pigou_options INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
# -ffp-contract=off: a fused multiply-add on one machine and not on another would change bytes.
target_compile_options(pigou_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion -Wshadow>)
# GCC 12 sees an overlapping copy in "text" + std::string (its bug 105651, mended in 13).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(pigou_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(PIGOU_WERROR)
  target_compile_options(pigou_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
endif()
if(PIGOU_SANITIZE)
  target_compile_options(pigou_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer>)
  target_link_options(pigou_options INTERFACE -fsanitize=address,undefined)
  # Instrumented, GCC takes parts of its own std::regex for uninitialized.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(pigou_options INTERFACE
      $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
  endif()
endif()
if(PIGOU_SANITIZE_THREADS)
  target_compile_options(pigou_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=thread -fno-omit-frame-pointer>)
  target_link_options(pigou_options INTERFACE -fsanitize=thread)
endif()
