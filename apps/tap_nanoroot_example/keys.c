#include "apps/tap_nanoroot_example/keys.h"

#include <stdio.h>
#include <string.h>

typedef struct HashRow {
  const char* type;
  const char* digest;
  TAP_SIG_SCHEME rsa;
  TAP_SIG_SCHEME ecdsa;
} HashRow;

static const HashRow hashes[] = {
    {"0", NULL, TAP_SIG_SCHEME_NONE, TAP_SIG_SCHEME_NONE},
    {"1", "SHA256", TAP_SIG_SCHEME_PKCS1_5_SHA256, TAP_SIG_SCHEME_ECDSA_SHA256},
    {"2", "SHA512", TAP_SIG_SCHEME_PKCS1_5_SHA512, TAP_SIG_SCHEME_ECDSA_SHA512},
    {"3", "SHA384", TAP_SIG_SCHEME_PKCS1_5_SHA384, TAP_SIG_SCHEME_ECDSA_SHA384},
};

static const HashRow* findHash(const char* type) {
  size_t i;
  for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); ++i) {
    if (strcmp(type, hashes[i].type) == 0) return &hashes[i];
  }
  fprintf(stderr,
          "tap_nanoroot_example: --hashType '%s' is none of 0 (none, ML-DSA only), 1 (SHA-256), 2 (SHA-512) and 3 "
          "(SHA-384)\n",
          type);
  return NULL;
}

static int digitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* Up to 16 digits, with or without 0x. The 32-bit spellings become 4 bytes, the documented index 8. */
static int readIdentifier(const char* text, KeyChoice* choice) {
  const char* digits = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? text + 2 : text;
  const size_t length = strlen(digits);
  uint64_t value = 0;
  size_t i;
  int valid = length > 0 && length <= 16;
  for (i = 0; valid && i < length; ++i) {
    const int digit = digitOf(digits[i]);
    valid = digit >= 0;
    value = value << 4 | (unsigned)(valid ? digit : 0);
  }
  if (!valid) {
    fprintf(stderr, "tap_nanoroot_example: --keyId '%s' is no hexadecimal number of up to 16 digits\n", text);
    return -1;
  }
  for (i = 0; i < sizeof(choice->identifier); ++i) {
    choice->identifier[i] = (ubyte)(value >> (8 * (sizeof(choice->identifier) - 1 - i)));
  }
  choice->keyId.bufferLen = value > UINT32_MAX ? 8 : 4;
  choice->keyId.pBuffer = choice->identifier + sizeof(choice->identifier) - choice->keyId.bufferLen;
  return 0;
}

/* A hash type of 0 means ML-DSA, which decides where an identifier could be a key of two kinds. */
static int readAlgorithm(const Options* options, const HashRow* hash, KeyChoice* choice) {
  const int wantsMldsa = hash->digest == NULL;
  choice->info.keyAlgorithm = wantsMldsa ? TAP_KEY_ALGORITHM_MLDSA : TAP_KEY_ALGORITHM_UNDEFINED;
  if (OK != TAP_parse_algorithm_info(&choice->keyId, &choice->info, NULL)) {
    choice->info.keyAlgorithm = TAP_KEY_ALGORITHM_UNDEFINED;
    if (OK != TAP_parse_algorithm_info(&choice->keyId, &choice->info, NULL)) {
      fprintf(stderr, "tap_nanoroot_example: --keyId '%s' stands for no key; --help lists those that there are\n",
              options->keyId);
      return -1;
    }
  }
  if (wantsMldsa == (choice->info.keyAlgorithm == TAP_KEY_ALGORITHM_MLDSA)) return 0;
  fprintf(stderr, "tap_nanoroot_example: --hashType %s does not go with --keyId %s: %s\n", hash->type, options->keyId,
          wantsMldsa ? "RSA and ECDSA keys sign hashes (1, 2 or 3)" : "ML-DSA hashes in its own way (0)");
  return -1;
}

int chooseKey(const Options* options, KeyChoice* choice) {
  const HashRow* hash = findHash(options->hashType);
  memset(choice, 0, sizeof(*choice));
  if (hash == NULL || readIdentifier(options->keyId, choice) != 0) return -1;
  if (readAlgorithm(options, hash, choice) != 0) return -1;
  if (choice->info.keyAlgorithm == TAP_KEY_ALGORITHM_MLDSA && options->operation == OPERATION_SIGN_DIGEST) {
    fprintf(stderr, "tap_nanoroot_example: --signDigest does not go with ML-DSA keys; use --signBuffer\n");
    return -1;
  }
  choice->digest = hash->digest;
  choice->scheme = choice->info.keyAlgorithm == TAP_KEY_ALGORITHM_RSA ? hash->rsa : hash->ecdsa;
  return 0;
}
