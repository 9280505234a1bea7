#include "apps/tap_nanoroot_example/verify.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "apps/tap_nanoroot_example/files.h"

/* What the public key of a choice looks like to OpenSSL. */
static int fits(EVP_PKEY* key, const TAP_KeyInfo* info) {
  static const int modulusBits[] = {0, 1024, 2048, 4096, 3072, 8192};
  char group[64] = "";
  if (info->keyAlgorithm == TAP_KEY_ALGORITHM_RSA) {
    return EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) == modulusBits[info->algKeyInfo.rsaInfo.keySize];
  }
  if (info->keyAlgorithm == TAP_KEY_ALGORITHM_ECC) {
    const TAP_ECC_CURVE curve = info->algKeyInfo.eccInfo.curveId;
    const char* name = curve == TAP_ECC_CURVE_NIST_P256   ? "prime256v1"
                       : curve == TAP_ECC_CURVE_NIST_P384 ? "secp384r1"
                                                          : "secp521r1";
    return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
           strcmp(group, name) == 0;
  }
  switch (info->algKeyInfo.mldsaInfo.parameterSet) {
    case TAP_MLDSA_44: return EVP_PKEY_is_a(key, "ML-DSA-44");
    case TAP_MLDSA_65: return EVP_PKEY_is_a(key, "ML-DSA-65");
    default: return EVP_PKEY_is_a(key, "ML-DSA-87");
  }
}

static EVP_PKEY* readPublicKey(const Options* options, const KeyChoice* choice) {
  TAP_Buffer pem;
  EVP_PKEY* key = NULL;
  if (readFile(options->pubKey, &pem) == 0) {
    BIO* source = pem.bufferLen <= 1u << 20 ? BIO_new_mem_buf(pem.pBuffer, (int)pem.bufferLen) : NULL;
    if (source != NULL) key = PEM_read_bio_PUBKEY(source, NULL, NULL, NULL);
    BIO_free(source);
    freeFile(&pem);
    if (key == NULL) {
      fprintf(stderr, "tap_nanoroot_example: '%s' is no public key in PEM\n", options->pubKey);
    } else if (!fits(key, &choice->info)) {
      fprintf(stderr, "tap_nanoroot_example: '%s' is not a key of the kind that --keyId %s names\n", options->pubKey,
              options->keyId);
      EVP_PKEY_free(key);
      key = NULL;
    }
  }
  return key;
}

static int isValid(EVP_PKEY* key, const char* digest, const TAP_Buffer* message, const TAP_Buffer* signature) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const int valid =
      context != NULL && EVP_DigestVerifyInit_ex(context, NULL, digest, NULL, NULL, key, NULL) == 1 &&
      EVP_DigestVerify(context, signature->pBuffer, signature->bufferLen, message->pBuffer, message->bufferLen) == 1;
  EVP_MD_CTX_free(context);
  return valid;
}

int verifySignature(const Options* options, const KeyChoice* choice) {
  TAP_Buffer message = {0, NULL};
  TAP_Buffer signature = {0, NULL};
  int status = -1;
  EVP_PKEY* key = NULL;
  if (readFile(options->infile, &message) == 0 && readFile(options->outfile, &signature) == 0) {
    key = readPublicKey(options, choice);
  }
  if (key != NULL) {
    if (isValid(key, choice->digest, &message, &signature)) {
      status = 0;
      puts("Signature is valid");
    } else {
      fprintf(stderr, "tap_nanoroot_example: the signature '%s' is NOT valid for '%s'\n", options->outfile,
              options->infile);
    }
  }
  freeFile(&message);
  freeFile(&signature);
  EVP_PKEY_free(key);
  return status;
}
