# The installation values of OpenSSL's FIPS provider, for tests: what its administrator makes once on a machine, made
# here without touching the machine. FIPS_CONFIG_FILE names the file, the target fips_config makes it.
include_guard()

find_program(OPENSSL_PROGRAM openssl REQUIRED)
execute_process(COMMAND ${OPENSSL_PROGRAM} version -m OUTPUT_VARIABLE modules_line COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "\"(.*)\"" unused "${modules_line}")
set(FIPS_MODULE "${CMAKE_MATCH_1}/fips.so")
if(NOT EXISTS "${FIPS_MODULE}")
  message(FATAL_ERROR "The tests need OpenSSL's FIPS provider, ${FIPS_MODULE}; on Debian 13 it is in the package openssl-provider-fips")
endif()

set(FIPS_CONFIG_FILE "${CMAKE_BINARY_DIR}/fipsmodule.cnf")
add_custom_command(OUTPUT "${FIPS_CONFIG_FILE}"
  COMMAND ${OPENSSL_PROGRAM} fipsinstall -quiet -module "${FIPS_MODULE}" -out "${FIPS_CONFIG_FILE}"
  DEPENDS "${FIPS_MODULE}" VERBATIM)
add_custom_target(fips_config ALL DEPENDS "${FIPS_CONFIG_FILE}")
