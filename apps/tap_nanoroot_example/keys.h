/* Keys and hashes, as the command line names them. */
#ifndef TAP_NANOROOT_EXAMPLE_KEYS_H
#define TAP_NANOROOT_EXAMPLE_KEYS_H

#include <nanotap/tap_api.h>

#include "apps/tap_nanoroot_example/options.h"

typedef struct KeyChoice {
  ubyte identifier[8]; /* big-endian */
  TAP_Buffer keyId;    /* of 4 or 8 of these bytes */
  TAP_KeyInfo info;
  TAP_SIG_SCHEME scheme;
  const char* digest; /* openssl's name; NULL for ML-DSA */
} KeyChoice;

/* Reads --keyId and --hashType. `choice` must stay where it is. 0, or -1 after a message. */
int chooseKey(const Options* options, KeyChoice* choice);

#endif
