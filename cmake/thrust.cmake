# Thrust's headers for the CPU backend: the system's (libthrust-dev), else those beside nvcc.
find_path(PIGOU_THRUST_INCLUDE thrust/version.h)
if(NOT PIGOU_THRUST_INCLUDE)
  unset(PIGOU_THRUST_INCLUDE CACHE)
  find_path(PIGOU_THRUST_INCLUDE thrust/version.h
            PATHS /usr/local/cuda/include/cccl /usr/local/cuda/include REQUIRED)
endif()
add_library(pigou_thrust INTERFACE)
# Naming /usr/include as a -isystem folder would break the compiler's own include order.
if(NOT PIGOU_THRUST_INCLUDE IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
  target_include_directories(pigou_thrust SYSTEM INTERFACE ${PIGOU_THRUST_INCLUDE})
endif()
# CPU code is always built by the host compiler with the sequential device system: nvcc with
# another device system than CUDA does not compile (measured, CUDA 13.0).
target_compile_definitions(pigou_thrust INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP>)
