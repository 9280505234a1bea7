#include "apps/tap_nanoroot_example/options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SEALING (1u << OPERATION_SEAL | 1u << OPERATION_UNSEAL)
#define SIGNING (1u << OPERATION_SIGN_BUFFER | 1u << OPERATION_SIGN_DIGEST)
#define VERIFYING (1u << OPERATION_VERIFY)

typedef struct OperationRow {
  const char* name;
  Operation operation;
} OperationRow;

static const OperationRow operations[] = {
    {"--seal", OPERATION_SEAL},
    {"--unseal", OPERATION_UNSEAL},
    {"--signBuffer", OPERATION_SIGN_BUFFER},
    {"--signDigest", OPERATION_SIGN_DIGEST},
    {"--verify", OPERATION_VERIFY},
    {"--help", OPERATION_HELP},
};

enum { CONFIG, INFILE, OUTFILE, SIGFILE, PASSPHRASE, KEY_ID, HASH_TYPE, PUB_KEY, VALUES };

typedef struct ValueRow {
  const char* name;
  unsigned allowed; /* operations, one bit each */
  unsigned needed;
} ValueRow;

static const ValueRow values[VALUES] = {
    {"--config", SEALING | SIGNING | VERIFYING, SEALING | SIGNING},
    {"--infile", SEALING | SIGNING | VERIFYING, SEALING | SIGNING | VERIFYING},
    {"--outfile", SEALING | SIGNING | VERIFYING, SEALING},
    {"--sigfile", SIGNING | VERIFYING, 0},
    {"--passphrase", SEALING, 0},
    {"--keyId", SIGNING | VERIFYING, SIGNING | VERIFYING},
    {"--hashType", SIGNING | VERIFYING, SIGNING | VERIFYING},
    {"--pubKey", SIGNING | VERIFYING, VERIFYING},
};

static int usageError(const char* what, const char* which) {
  fprintf(stderr, "tap_nanoroot_example: %s %s; --help lists what there is\n", which, what);
  return -1;
}

static const char* nameOf(Operation operation) {
  size_t i;
  for (i = 0; i < sizeof(operations) / sizeof(operations[0]); ++i) {
    if (operations[i].operation == operation) return operations[i].name;
  }
  return "";
}

/* 1 where the word is an operation, 0 where it is none, -1 after a message. */
static int takeOperation(const char* word, Operation* operation) {
  size_t i;
  for (i = 0; i < sizeof(operations) / sizeof(operations[0]); ++i) {
    if (strcmp(word, operations[i].name) != 0) continue;
    if (*operation != OPERATION_NONE) return usageError("is a second operation; give one", word);
    *operation = operations[i].operation;
    return 1;
  }
  return 0;
}

/* Takes `--name value` or `--name=value` at argv[*at], and moves *at behind it. */
static int takeValue(int argc, char** argv, int* at, char** given) {
  char* const word = argv[*at];
  const char* const equals = strchr(word, '=');
  const size_t length = equals == NULL ? strlen(word) : (size_t)(equals - word);
  size_t i;
  for (i = 0; i < VALUES; ++i) {
    char* value;
    if (strlen(values[i].name) != length || strncmp(values[i].name, word, length) != 0) continue;
    value = equals != NULL ? word + length + 1 : *at + 1 < argc ? argv[*at + 1] : NULL;
    *at += equals != NULL ? 1 : 2;
    if (value == NULL || *value == '\0') return usageError("needs a value", values[i].name);
    if (equals == NULL && strncmp(value, "--", 2) == 0) {
      return usageError("needs a value; one that begins with '--' is written behind '='", values[i].name);
    }
    if (given[i] != NULL) return usageError("is given twice", values[i].name);
    given[i] = value;
    return 0;
  }
  return usageError(strncmp(word, "--", 2) == 0 ? "is unknown" : "belongs to no option", word);
}

static int checkValues(Operation operation, char** given) {
  size_t i;
  for (i = 0; i < VALUES; ++i) {
    const unsigned bit = 1u << operation;
    char what[64];
    if (given[i] != NULL && (values[i].allowed & bit) == 0) {
      snprintf(what, sizeof(what), "does not go with %s", nameOf(operation));
      return usageError(what, values[i].name);
    }
    if (given[i] == NULL && (values[i].needed & bit) != 0) {
      snprintf(what, sizeof(what), "is missing, which %s needs", nameOf(operation));
      return usageError(what, values[i].name);
    }
  }
  if (given[OUTFILE] != NULL && given[SIGFILE] != NULL) {
    return usageError("stands beside --outfile, and both name the signature; give one", "--sigfile");
  }
  if ((operation == OPERATION_VERIFY || ((1u << operation) & SIGNING) != 0) && given[OUTFILE] == NULL &&
      given[SIGFILE] == NULL) {
    return usageError("is missing, which names the signature", "--sigfile");
  }
  return 0;
}

int readOptions(int argc, char** argv, Options* options) {
  char* given[VALUES] = {NULL};
  int at = 1;
  memset(options, 0, sizeof(*options));
  while (at < argc) {
    const int taken = takeOperation(argv[at], &options->operation);
    if (taken < 0) return -1;
    if (taken == 1) {
      ++at;
    } else if (takeValue(argc, argv, &at, given) != 0) {
      return -1;
    }
  }
  if (options->operation == OPERATION_HELP) return 0;
  if (options->operation == OPERATION_NONE) {
    return usageError("is what to do? Give one of --seal, --unseal, --signBuffer, --signDigest and --verify", "what");
  }
  if (checkValues(options->operation, given) != 0) return -1;
  options->config = given[CONFIG];
  options->infile = given[INFILE];
  options->outfile = given[OUTFILE] != NULL ? given[OUTFILE] : given[SIGFILE];
  options->passphrase = given[PASSPHRASE];
  options->keyId = given[KEY_ID];
  options->hashType = given[HASH_TYPE];
  options->pubKey = given[PUB_KEY];
  return 0;
}

int printHelp(void) {
  static const char text[] =
      "usage: tap_nanoroot_example OPERATION --config F --infile F [OPTIONS]\n"
      "\n"
      "Operations\n"
      "  --seal          seal a file to this device\n"
      "  --unseal        open what this device sealed\n"
      "  --signBuffer    sign a file\n"
      "  --signDigest    sign a digest that was made elsewhere (not with ML-DSA)\n"
      "  --verify        verify a signature of a file\n"
      "  --help          show this\n"
      "\n"
      "Options, as --name value or --name=value\n"
      "  --config F      configuration, such as /etc/digicert/nanoroot_smp.conf (not needed by --verify)\n"
      "  --infile F      what to seal, unseal, sign or verify\n"
      "  --outfile F     what was sealed or unsealed; with signatures the same as --sigfile\n"
      "  --passphrase P  seal, unseal: a passphrase besides the device; other accounts may see it (ps)\n"
      "  --keyId H       sign, verify: the key, in hexadecimal:\n"
      "                    RSA 2048, 3072, 4096, 8192   100000002  100000003  100000004  100000005\n"
      "                    ML-DSA 44, 65, 87            200000001  200000002  200000003\n"
      "                    ECDSA P-256, P-384, P-521    300000001  300000002  300000003\n"
      "  --hashType N    sign, verify: 0 none (ML-DSA), 1 SHA-256, 2 SHA-512, 3 SHA-384\n"
      "  --pubKey F      the public key (PEM): written when signing, read when verifying\n"
      "  --sigfile F     the signature: written when signing, read when verifying\n"
      "\n"
      "RSA signatures are PKCS #1 v1.5, those of ECDSA DER. Exit status: 0 done, 1 failed or not valid, 2 usage.\n"
      "The device's state is in $HOLDFAST_DIR, else in a folder of this account that is named by moduleidstr.\n";
  return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? -1 : 0;
}
