# libsodium has no CMake package of its own: the target sodium::sodium.
find_path(PIGOU_SODIUM_INCLUDE sodium.h REQUIRED)
find_library(PIGOU_SODIUM_LIBRARY sodium REQUIRED)
mark_as_advanced(PIGOU_SODIUM_INCLUDE PIGOU_SODIUM_LIBRARY)
add_library(sodium::sodium UNKNOWN IMPORTED)
set_target_properties(sodium::sodium PROPERTIES
  IMPORTED_LOCATION ${PIGOU_SODIUM_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${PIGOU_SODIUM_INCLUDE})
