/* The command line of tap_nanoroot_example. */
#ifndef TAP_NANOROOT_EXAMPLE_OPTIONS_H
#define TAP_NANOROOT_EXAMPLE_OPTIONS_H

typedef enum Operation {
  OPERATION_NONE,
  OPERATION_HELP,
  OPERATION_SEAL,
  OPERATION_UNSEAL,
  OPERATION_SIGN_BUFFER,
  OPERATION_SIGN_DIGEST,
  OPERATION_VERIFY
} Operation;

/* NULL where an option was not given. All point into the command line. */
typedef struct Options {
  Operation operation;
  const char* config;
  const char* infile;
  const char* outfile; /* also where a signature is */
  char* passphrase;    /* to be overwritten once it has been read */
  const char* keyId;
  const char* hashType;
  const char* pubKey;
} Options;

/* 0, or -1 after a message on standard error. */
int readOptions(int argc, char** argv, Options* options);

/* Writes the list of options to standard output. 0, or -1 where that fails. */
int printHelp(void);

#endif
