# The engine against a small model of vLLM's scheduler in Python: docs/engine-check.md.
if(BUILD_TESTING)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_executable(step_log ${PROJECT_SOURCE_DIR}/tests/engine_check/step_log.cpp)
  target_link_libraries(step_log PRIVATE pigou_scenario)

  # pigou_engine_check(NAME script arguments...)
  function(pigou_engine_check name script)
    add_test(NAME engine_check.EngineModel.${name}
      COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/engine_check/${script}
              --program $<TARGET_FILE:step_log> ${ARGN})
    set_tests_properties(engine_check.EngineModel.${name}
      PROPERTIES LABELS engine_check TIMEOUT 600)
  endfunction()
  pigou_engine_check(AggregatedStepsAreThoseOfTheModel check.py --kind aggregated)
  pigou_engine_check(SplitStepsAreThoseOfTheModel check.py --kind split)
  pigou_engine_check(FaultsPlantedInTheModelAreSeen mutants.py)
endif()
