// Where tests find the FIPS provider's installation values, which the build made.
#pragma once

#include <cstdlib>

namespace holdfast::test {

/// Before the FIPS provider is first used, with HOLDFAST_TEST_FIPS_CONFIG. What the environment says already stays.
inline void use_fips_config(const char* file) { ::setenv("HOLDFAST_FIPS_CONFIG", file, 0); }

}  // namespace holdfast::test
