# Rough handling: the program killed, starved and cut off at random moments, and given damaged
# files. Short here; scripts/test long goes deeper (PIGOU_DEPTH).
if(NOT BUILD_TESTING OR NOT TARGET pigou)
  return()
endif()

# pigou_rough_test(NAME script arguments...)
function(pigou_rough_test name script)
  add_test(NAME rough.RoughHandling.${name}
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/rough/${script}
            --program $<TARGET_FILE:pigou> ${ARGN})
  set_tests_properties(rough.RoughHandling.${name} PROPERTIES LABELS rough TIMEOUT 1800)
  if(PIGOU_SANITIZE OR PIGOU_SANITIZE_THREADS)
    set_tests_properties(rough.RoughHandling.${name} PROPERTIES ENVIRONMENT PIGOU_SANITIZED=1)
  endif()
endfunction()

pigou_rough_test(KilledCommandsLeaveNothing kills.py)
foreach(kind Scenario Policy Result Decisions Manifest Sweep)
  string(TOLOWER ${kind} word)
  pigou_rough_test(Mutants${kind} mutants.py --kind ${word})
endforeach()
