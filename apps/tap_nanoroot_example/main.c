/* tap_nanoroot_example: seals, unseals, signs and verifies files through the NanoTAP interface, as applications use it.
 */
#include <nanotap/tap_api.h>
#include <nanotap/tap_smp.h>
#include <nanotap/tap_utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/tap_nanoroot_example/files.h"
#include "apps/tap_nanoroot_example/keys.h"
#include "apps/tap_nanoroot_example/module.h"
#include "apps/tap_nanoroot_example/options.h"
#include "apps/tap_nanoroot_example/verify.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* A passphrase as the interface takes it: an attribute that holds a credential. */
typedef struct Passphrase {
  TAP_Credential credential;
  TAP_Attribute attribute;
  TAP_SealAttributes attributes;
} Passphrase;

/* Borrows the text. */
static TAP_SealAttributes* usePassphrase(Passphrase* passphrase, char* text) {
  if (text == NULL) return NULL;
  memset(passphrase, 0, sizeof(*passphrase));
  passphrase->credential.credentialType = TAP_CREDENTIAL_TYPE_PASSWORD;
  passphrase->credential.credentialData.bufferLen = (ubyte4)strlen(text);
  passphrase->credential.credentialData.pBuffer = (ubyte*)text;
  passphrase->attribute.type = TAP_ATTR_CREDENTIAL;
  passphrase->attribute.length = sizeof(passphrase->credential);
  passphrase->attribute.pStructOfType = &passphrase->credential;
  passphrase->attributes.listLen = 1;
  passphrase->attributes.pAttributeList = &passphrase->attribute;
  return &passphrase->attributes;
}

static int transform(const Options* options, TAP_Context* context, TAP_Buffer* input, TAP_Buffer* output) {
  Passphrase passphrase;
  TAP_SealAttributes* attributes = usePassphrase(&passphrase, options->passphrase);
  const int seals = options->operation == OPERATION_SEAL;
  const MSTATUS status = seals ? TAP_sealWithTrustedData(context, NULL, 0, NULL, NULL, attributes, input, output, NULL)
                               : TAP_unsealWithTrustedData(context, NULL, 0, NULL, attributes, input, output, NULL);
  /* From here on `ps` shows no passphrase any more. */
  if (options->passphrase != NULL) memset(options->passphrase, 'x', strlen(options->passphrase));
  return OK == status ? 0 : reportStatus(context, seals ? "seal" : "unseal", options->infile, status);
}

static int sealOrUnseal(const Options* options, TAP_Context* context) {
  TAP_Buffer input = {0, NULL};
  TAP_Buffer output = {0, NULL};
  NewFile file;
  int status = -1;
  if (options->passphrase != NULL) {
    fprintf(stderr,
            "tap_nanoroot_example: warning: other accounts may have seen the passphrase, since --passphrase is part of "
            "the command line\n");
  }
  /* What is on its way is begun last: work that is interrupted leaves nothing. */
  if (checkFile(options->outfile) != 0 || readFile(options->infile, &input) != 0) return -1;
  if (transform(options, context, &input, &output) == 0 && beginFile(&file, options->outfile, READERS_OWNER) == 0) {
    if (writeFile(&file, output.pBuffer, output.bufferLen) == 0) status = finishFile(&file);
    dropFile(&file);
  }
  TAP_UTILS_freeBuffer(&output);
  freeFile(&input);
  return status;
}

/* Both files, or none. Without --pubKey there is one. */
static int writeResults(const Options* options, const TAP_Buffer* signature, const TAP_Buffer* pem) {
  NewFile signatureFile;
  NewFile keyFile;
  int status = -1;
  memset(&keyFile, 0, sizeof(keyFile));
  if (beginFile(&signatureFile, options->outfile, READERS_ALL) != 0) return -1;
  if (options->pubKey == NULL || (beginFile(&keyFile, options->pubKey, READERS_ALL) == 0 &&
                                  writeFile(&keyFile, pem->pBuffer, pem->bufferLen) == 0)) {
    if (writeFile(&signatureFile, signature->pBuffer, signature->bufferLen) == 0 &&
        (keyFile.temporary == NULL || finishFile(&keyFile) == 0)) {
      status = finishFile(&signatureFile);
    }
  }
  dropFile(&keyFile);
  dropFile(&signatureFile);
  return status;
}

static int signWith(const Options* options, const KeyChoice* choice, TAP_Context* context, TAP_Key* key,
                    TAP_Buffer* input) {
  TAP_Signature signature;
  TAP_Buffer pem = {0, NULL};
  int status = -1;
  MSTATUS signing;
  memset(&signature, 0, sizeof(signature));
  signature.isDEREncoded = TRUE;
  signing = TAP_asymSign(key, NULL, NULL, choice->scheme, options->operation == OPERATION_SIGN_BUFFER, input,
                         &signature, NULL);
  if (OK == signing) signing = HOLDFAST_TAP_exportPublicKey(key, &pem, NULL);
  if (OK == signing) {
    status = writeResults(options, &signature.derEncSignature, &pem);
  } else {
    reportStatus(context, options->operation == OPERATION_SIGN_DIGEST ? "sign the digest in" : "sign", options->infile,
                 signing);
  }
  TAP_UTILS_freeBuffer(&pem);
  TAP_freeSignature(&signature);
  return status;
}

static int sign(const Options* options, KeyChoice* choice, TAP_Context* context) {
  TAP_Buffer input = {0, NULL};
  TAP_Key* key = NULL;
  int status = -1;
  MSTATUS imported;
  /* Before a key is made for it, which may take minutes. */
  if (checkFile(options->outfile) != 0 || (options->pubKey != NULL && checkFile(options->pubKey) != 0) ||
      readFile(options->infile, &input) != 0) {
    return -1;
  }
  imported = TAP_importKeyFromID(context, NULL, &choice->info, &choice->keyId, NULL, NULL, &key, NULL);
  if (OK == imported) {
    status = signWith(options, choice, context, key, &input);
    TAP_unloadKey(key, NULL);
    TAP_freeKey(&key);
  } else {
    reportStatus(context, "use key", options->keyId, imported);
  }
  freeFile(&input);
  return status;
}

static int useModule(const Options* options, KeyChoice* choice) {
  ModuleInUse module;
  int status = beginModule(&module, options->config);
  if (status == 0) {
    const int seals = options->operation == OPERATION_SEAL || options->operation == OPERATION_UNSEAL;
    status = seals ? sealOrUnseal(options, module.context) : sign(options, choice, module.context);
  }
  endModule(&module);
  return status;
}

int main(int argc, char** argv) {
  Options options;
  KeyChoice choice;
  int status;
  if (readOptions(argc, argv, &options) != 0) return EXIT_USAGE;
  if (options.operation == OPERATION_HELP) return printHelp() == 0 ? EXIT_DONE : EXIT_FAILED;
  memset(&choice, 0, sizeof(choice));
  /* The one would replace the other. */
  if (options.pubKey != NULL && isSameFile(options.pubKey, options.outfile)) {
    fprintf(stderr, "tap_nanoroot_example: --pubKey and the signature's file are both '%s'; give two\n",
            options.pubKey);
    return EXIT_USAGE;
  }
  if (options.keyId != NULL && chooseKey(&options, &choice) != 0) return EXIT_USAGE;
  status = options.operation == OPERATION_VERIFY ? verifySignature(&options, &choice) : useModule(&options, &choice);
  return status == 0 ? EXIT_DONE : EXIT_FAILED;
}
