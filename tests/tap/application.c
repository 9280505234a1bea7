/* A NanoTAP application that includes what such applications include, uses every function once, and is compiled as
 * strict C99. Its arguments are a configuration and what TAP_sealWithTrustedData shall seal. */
#include <stdio.h>
#include <string.h>

#include "tap_api.h"
#include "tap_common.h"
#include "tap_smp.h"
#include "tap_utils.h"

static int check(MSTATUS status, const char* what, TAP_Context* context) {
  char text[1024];
  if (OK == status) return TRUE;
  HOLDFAST_TAP_getErrorText(context, text, sizeof(text));
  fprintf(stderr, "%s: %d: %s\n", what, (int)status, text);
  return FALSE;
}

static int sealAndUnseal(TAP_Context* context, char* text) {
  TAP_Credential credential;
  TAP_Attribute attribute;
  TAP_SealAttributes attributes;
  TAP_Buffer input;
  TAP_Buffer sealed = {0, NULL};
  TAP_Buffer opened = {0, NULL};
  int same = FALSE;
  memset(&credential, 0, sizeof(credential));
  credential.credentialType = TAP_CREDENTIAL_TYPE_PASSWORD;
  credential.credentialData.bufferLen = 3;
  credential.credentialData.pBuffer = (ubyte*)"abc";
  attribute.type = TAP_ATTR_CREDENTIAL;
  attribute.length = sizeof(credential);
  attribute.pStructOfType = &credential;
  attributes.listLen = 1;
  attributes.pAttributeList = &attribute;
  input.bufferLen = (ubyte4)strlen(text);
  input.pBuffer = (ubyte*)text;
  if (check(TAP_sealWithTrustedData(context, NULL, 0, NULL, NULL, &attributes, &input, &sealed, NULL), "seal",
            context) &&
      check(TAP_unsealWithTrustedData(context, NULL, 0, NULL, &attributes, &sealed, &opened, NULL), "unseal",
            context)) {
    same = opened.bufferLen == input.bufferLen && memcmp(opened.pBuffer, input.pBuffer, input.bufferLen) == 0;
  }
  TAP_UTILS_freeBuffer(&sealed);
  TAP_UTILS_freeBuffer(&opened);
  return same;
}

static int sign(TAP_Context* context) {
  ubyte identifier[8] = {0, 0, 0, 3, 0, 0, 0, 1};
  TAP_Buffer id;
  TAP_Buffer input;
  TAP_Buffer pem = {0, NULL};
  TAP_KeyInfo info;
  TAP_Key* key = NULL;
  TAP_Signature signature;
  int done = FALSE;
  id.bufferLen = sizeof(identifier);
  id.pBuffer = identifier;
  input.bufferLen = 7;
  input.pBuffer = (ubyte*)"message";
  memset(&info, 0, sizeof(info));
  memset(&signature, 0, sizeof(signature));
  if (check(TAP_parse_algorithm_info(&id, &info, NULL), "parse", NULL) &&
      check(TAP_importKeyFromID(context, NULL, &info, &id, NULL, NULL, &key, NULL), "import", context) &&
      check(TAP_asymSign(key, NULL, NULL, TAP_SIG_SCHEME_ECDSA_SHA256, TRUE, &input, &signature, NULL), "sign",
            context) &&
      check(HOLDFAST_TAP_exportPublicKey(key, &pem, NULL), "export", context)) {
    done = signature.signature.eccSignature.rDataLen == 32 && signature.derEncSignature.bufferLen > 64 &&
           pem.bufferLen > 0;
  }
  TAP_freeSignature(&signature);
  TAP_UTILS_freeBuffer(&pem);
  if (key != NULL) TAP_unloadKey(key, NULL);
  TAP_freeKey(&key);
  return done;
}

int main(int argc, char** argv) {
  TAP_ConfigInfo config;
  TAP_ConfigInfoList configs;
  TAP_ModuleList modules = {0, NULL};
  TAP_Context* context = NULL;
  TAP_Buffer random = {0, NULL};
  TAP_ErrorContext errors;
  int done;
  if (argc != 3) return 2;
  memset(&config, 0, sizeof(config));
  memset(&errors, 0, sizeof(errors));
  config.provider = TAP_PROVIDER_NANOROOT;
  configs.count = 1;
  configs.pConfig = &config;
  done = check(TAP_readConfigFile(argv[1], &config.configInfo, FALSE), "configuration", NULL) &&
         check(TAP_init(&configs, &errors), "init", NULL) &&
         check(TAP_getModuleList(NULL, TAP_PROVIDER_NANOROOT, NULL, &modules, &errors), "modules", NULL) &&
         check(TAP_initContext(&modules.pModuleList[0], NULL, NULL, &context, &errors), "context", NULL) &&
         check(TAP_getRandom(context, 16, NULL, &random, NULL), "random", context) && random.bufferLen == 16 &&
         sealAndUnseal(context, argv[2]) && sign(context);
  TAP_UTILS_freeBuffer(&random);
  TAP_UTILS_freeBuffer(&config.configInfo);
  TAP_uninitContext(&context, NULL);
  TAP_freeModuleList(&modules);
  done = check(TAP_uninit(NULL), "uninit", NULL) && done;
  return done ? 0 : 1;
}
