# ISA-L has no CMake package of its own: the target isal::isal.
find_path(PIGOU_ISAL_INCLUDE isa-l/igzip_lib.h REQUIRED)
find_library(PIGOU_ISAL_LIBRARY NAMES libisal.a isal REQUIRED)
mark_as_advanced(PIGOU_ISAL_INCLUDE PIGOU_ISAL_LIBRARY)
add_library(isal::isal UNKNOWN IMPORTED)
set_target_properties(isal::isal PROPERTIES
  IMPORTED_LOCATION ${PIGOU_ISAL_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${PIGOU_ISAL_INCLUDE})
