# The target pigou_hdf5. Debian's shared HDF5 brings a network client, its ciphers and forty more
# libraries into every process, though files are all we read: linked from its archive the program
# has none of them, and starts sooner. Where the archives are missing or need more than they do
# here, the shared library serves as well.
find_package(HDF5 REQUIRED COMPONENTS C)
add_library(pigou_hdf5 INTERFACE)

find_library(PIGOU_HDF5_ARCHIVE NAMES libhdf5_serial.a libhdf5.a PATH_SUFFIXES hdf5/serial)
find_library(PIGOU_SZ_ARCHIVE NAMES libsz.a)
find_library(PIGOU_AEC_ARCHIVE NAMES libaec.a)
mark_as_advanced(PIGOU_HDF5_ARCHIVE PIGOU_SZ_ARCHIVE PIGOU_AEC_ARCHIVE)
if(PIGOU_HDF5_ARCHIVE AND PIGOU_SZ_ARCHIVE AND PIGOU_AEC_ARCHIVE)
  set(archives ${PIGOU_HDF5_ARCHIVE} ${PIGOU_SZ_ARCHIVE} ${PIGOU_AEC_ARCHIVE} ZLIB::ZLIB
      ${CMAKE_DL_LIBS} m)
  include(CheckCSourceCompiles)
  set(CMAKE_REQUIRED_INCLUDES ${HDF5_INCLUDE_DIRS})
  set(CMAKE_REQUIRED_LIBRARIES ${archives} Threads::Threads)
  check_c_source_compiles(
    "#include <hdf5.h>
     int main(void) {
       hid_t file = H5Fcreate(\"x\", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
       return H5Fclose(file) < 0;
     }"
    PIGOU_HDF5_ARCHIVES_SUFFICE)
  unset(CMAKE_REQUIRED_INCLUDES)
  unset(CMAKE_REQUIRED_LIBRARIES)
endif()
if(PIGOU_HDF5_ARCHIVES_SUFFICE)
  target_include_directories(pigou_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
  target_link_libraries(pigou_hdf5 INTERFACE ${archives})
  message(STATUS "Pigou: HDF5 ${HDF5_VERSION} linked from ${PIGOU_HDF5_ARCHIVE}")
else()
  target_link_libraries(pigou_hdf5 INTERFACE hdf5::hdf5)
  message(STATUS "Pigou: HDF5 ${HDF5_VERSION} as a shared library")
endif()
