# The house rules as a test: include order of the rooms, sizes, banned words; that the page of laws
# and the tests name each other; and that the scripts that check the tests check.
if(BUILD_TESTING)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_test(NAME tidy.house_rules
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/tidy/house_rules.py
            ${PROJECT_SOURCE_DIR})
  add_test(NAME tidy.house_rules_catch_what_they_should
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/tidy/house_rules_test.py)
  add_test(NAME tidy.laws_page
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/tidy/laws_page.py
            ${PROJECT_SOURCE_DIR})
  add_test(NAME tidy.scripts_of_the_net
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/tidy/net_test.py)
  set_tests_properties(tidy.house_rules tidy.house_rules_catch_what_they_should tidy.laws_page
    tidy.scripts_of_the_net PROPERTIES LABELS tidy)
endif()
