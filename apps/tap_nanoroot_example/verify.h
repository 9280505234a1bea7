/* Verifying in software, with OpenSSL: everybody can do it, on any machine. */
#ifndef TAP_NANOROOT_EXAMPLE_VERIFY_H
#define TAP_NANOROOT_EXAMPLE_VERIFY_H

#include "apps/tap_nanoroot_example/keys.h"
#include "apps/tap_nanoroot_example/options.h"

/* 0 where the signature is valid, else -1 after a message. */
int verifySignature(const Options* options, const KeyChoice* choice);

#endif
