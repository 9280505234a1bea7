# One library target for each folder, one test program beside it, and the settings that all share.
include_guard()

# holdfast_library(NAME sources... LINKS targets...): the folder's static library, alias holdfast::NAME.
function(holdfast_library name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  add_library(holdfast_${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_library(holdfast::${name} ALIAS holdfast_${name})
  target_include_directories(holdfast_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(holdfast_${name} PUBLIC ${ARG_LINKS} PRIVATE holdfast_warnings)
  set_target_properties(holdfast_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# holdfast_test(NAME sources... LINKS targets...): one GoogleTest program, each case a CTest test.
function(holdfast_test name)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  add_executable(${name}_test ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name}_test PRIVATE ${ARG_LINKS} holdfast_warnings GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name}_test PRIVATE
    HOLDFAST_SOURCE_DIR="${PROJECT_SOURCE_DIR}" HOLDFAST_TEST_FIPS_CONFIG="${FIPS_CONFIG_FILE}")
  add_dependencies(${name}_test fips_config)
  set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 600 ENVIRONMENT "HOLDFAST_MARKS=${CMAKE_BINARY_DIR}/tests/marks")
endfunction()

# holdfast_fuzzer(NAME LINKS targets...): fuzz/NAME_fuzz.cpp. With the fuzz preset a libFuzzer program; in
# every other build a program that replays the corpus, which CTest runs.
function(holdfast_fuzzer name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  if(HOLDFAST_FUZZ)
    add_executable(${name}_fuzz ${name}_fuzz.cpp)
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
    if(NOT TARGET fuzzers)
      add_custom_target(fuzzers)
    endif()
    add_dependencies(fuzzers ${name}_fuzz)
  elseif(BUILD_TESTING)
    add_executable(${name}_fuzz ${name}_fuzz.cpp replay_main.cpp)
    add_test(NAME fuzz.${name}.corpus COMMAND ${name}_fuzz ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  else()
    return()
  endif()
  target_link_libraries(${name}_fuzz PRIVATE ${ARG_LINKS} holdfast_warnings)
  target_compile_definitions(${name}_fuzz PRIVATE HOLDFAST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set_target_properties(${name}_fuzz PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()
