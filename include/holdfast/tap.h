/* The NanoTAP application interface, served by Holdfast.
 *
 * Applications that were written for DigiCert's NanoTAP with a NanoROOT module compile against this header and link
 * libholdfast-tap. Names, the order of arguments and numbers are those of the published interface; binary layouts are
 * our own, so that an application is compiled anew. What is an addition of ours begins with HOLDFAST_.
 *
 * Rules for every function
 *
 * Ownership. What the library allocates (the pBuffer of an output buffer, the members of a signature, the array of a
 *   module list, contexts and keys) belongs to the caller, who frees it with the function named there, and with no
 *   other; malloc and free of the caller need not be the library's. Outputs are set only on success, and are empty
 *   after a failure. An output buffer's former content is neither read nor freed. Inputs are borrowed for the call.
 * Pointers. A required pointer that is NULL is ERR_NULL_POINTER, a list or buffer with a length and no memory is
 *   ERR_INVALID_INPUT. A buffer of length 0 is valid input for data, with or without memory.
 * Threads. All functions may be called from several threads, also with the same context or key, except that a handle
 *   must not be freed while another thread uses it. A key may outlive the context that imported it. In a forked child
 *   contexts and keys go on to work; free them there too.
 * Errors. Functions return 0 or one of the negative numbers below. HOLDFAST_TAP_getErrorText tells a person what was
 *   wrong, with which input, and what to do. The last argument, an error context, may be NULL and is not used.
 * Warnings (an unknown key in the configuration, little entropy) go to standard error, one line each.
 * Secrets. Passphrases are copied into locked memory and wiped. What is unsealed is the caller's; TAP_UTILS_freeBuffer
 *   wipes before it frees, except what was sealed here, which is no secret.
 *
 * The device. Its state is in the folder $HOLDFAST_DIR, else for root /var/lib/holdfast/tap/ID, for others
 *   $XDG_DATA_HOME/holdfast/tap/ID or ~/.local/share/holdfast/tap/ID, where ID is the configuration's moduleidstr. The
 *   first sealing or signing makes it, of what the credential file names; unsealing never does. With `stateless=1` in
 *   the configuration nothing is stored, and the device is derived anew from the credential file's attributes.
 */
#ifndef HOLDFAST_TAP_H
#define HOLDFAST_TAP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Basic types */

typedef uint8_t ubyte;
typedef uint32_t ubyte4;
typedef int32_t sbyte4;
typedef uint8_t byteBoolean; /* 0 is false */
typedef sbyte4 MSTATUS;      /* 0 is success */

/* Statuses of the published interface */

#define ERR_NULL_POINTER (-6001)
#define ERR_INVALID_ARG (-6010)
#define ERR_NOT_IMPLEMENTED (-6017)
#define ERR_INVALID_INPUT (-6018)
#define ERR_MEM_ALLOC_FAIL (-6101)
#define ERR_FILE_OPEN_FAILED (-7201)
#define ERR_FILE_BAD_DATA (-7211)  /* the configuration or the credential file is malformed */
#define ERR_FILE_NOT_EXIST (-7221) /* there is no configuration or credential file of that name */
/* a program lies outside the folder for programs, or others than its owner and root may write it or the credential
   file, or they belong to somebody else */
#define ERR_FILE_INSECURE_PATH (-7223)
#define ERR_TAP_UNSUPPORTED (-52601)
#define ERR_TAP_SIGN_VERIFY_FAIL (-52602)
#define ERR_TAP_INVALID_INPUT (-52620)
#define ERR_TAP_INVALID_ALGORITHM (-52621)
#define ERR_TAP_UNSUPPORTED_ALGORITHM (-52622)
#define ERR_TAP_INVALID_SCHEME (-52636)

/* Statuses of ours, for what the published ones do not tell apart: -70001 to -70099 */

#define HOLDFAST_TAP_ERR_NOT_INITIALIZED (-70001) /* TAP_init has not been called, or TAP_uninit has */
/* wrong device, or one of its attributes changed, or the device's passphrase is wrong: which of them cannot be told */
#define HOLDFAST_TAP_ERR_DOES_NOT_OPEN (-70002)
#define HOLDFAST_TAP_ERR_ATTRIBUTE (-70003) /* an attribute has no value: an unset variable, a program that fails */
#define HOLDFAST_TAP_ERR_WRONG_PASSPHRASE (-70004) /* of what was sealed */
#define HOLDFAST_TAP_ERR_NEEDS_PASSPHRASE (-70005) /* what was sealed, or the device, has one, and none was given */
#define HOLDFAST_TAP_ERR_BAD_DATA (-70006)         /* sealed data or the device's state is damaged or was altered */
#define HOLDFAST_TAP_ERR_NO_DEVICE (-70007)        /* nothing was ever sealed or signed here: no anchor */
#define HOLDFAST_TAP_ERR_NO_KEY (-70008)           /* the device's key was destroyed or is gone */
#define HOLDFAST_TAP_ERR_REFUSED (-70009)          /* the device's profile, entropy floor or state forbids it */
#define HOLDFAST_TAP_ERR_STORAGE (-70010)          /* reading or writing the device's state failed */
#define HOLDFAST_TAP_ERR_INTERNAL (-70099)         /* a library failed; please report it */

/* Numbers. Each is of a type of its own name, which is a ubyte4 so that any number may arrive and is examined. */

typedef ubyte4 TAP_PROVIDER;
#define TAP_PROVIDER_UNDEFINED 0
#define TAP_PROVIDER_NANOROOT 15

typedef ubyte4 TAP_KEY_ALGORITHM;
#define TAP_KEY_ALGORITHM_UNDEFINED 0
#define TAP_KEY_ALGORITHM_RSA 1
#define TAP_KEY_ALGORITHM_ECC 2
#define TAP_KEY_ALGORITHM_DSA 3
#define TAP_KEY_ALGORITHM_AES 4
#define TAP_KEY_ALGORITHM_HMAC 5
#define TAP_KEY_ALGORITHM_DES 6
#define TAP_KEY_ALGORITHM_TDES 7
#define TAP_KEY_ALGORITHM_MLDSA 8

typedef ubyte4 TAP_KEY_SIZE;
#define TAP_KEY_SIZE_UNDEFINED 0
#define TAP_KEY_SIZE_1024 1
#define TAP_KEY_SIZE_2048 2
#define TAP_KEY_SIZE_4096 3
#define TAP_KEY_SIZE_3072 4
#define TAP_KEY_SIZE_8192 5

typedef ubyte4 TAP_ECC_CURVE;
#define TAP_ECC_CURVE_NONE 0
#define TAP_ECC_CURVE_NIST_P192 1
#define TAP_ECC_CURVE_NIST_P224 2
#define TAP_ECC_CURVE_NIST_P256 3
#define TAP_ECC_CURVE_NIST_P384 4
#define TAP_ECC_CURVE_NIST_P521 5

/* As in key identifiers. */
typedef ubyte4 TAP_MLDSA_PARAMETER_SET;
#define TAP_MLDSA_NONE 0
#define TAP_MLDSA_44 0x11
#define TAP_MLDSA_65 0x12
#define TAP_MLDSA_87 0x13

typedef ubyte4 TAP_HASH_ALG;
#define TAP_HASH_ALG_NONE 0
#define TAP_HASH_ALG_SHA1 1
#define TAP_HASH_ALG_SHA256 2
#define TAP_HASH_ALG_SHA224 3
#define TAP_HASH_ALG_SHA384 4
#define TAP_HASH_ALG_SHA512 5

typedef ubyte4 TAP_SIG_SCHEME;
#define TAP_SIG_SCHEME_NONE 0
#define TAP_SIG_SCHEME_PKCS1_5 1
#define TAP_SIG_SCHEME_PSS_SHA1 2
#define TAP_SIG_SCHEME_PSS_SHA256 3
#define TAP_SIG_SCHEME_PKCS1_5_SHA1 4
#define TAP_SIG_SCHEME_PKCS1_5_SHA256 5
#define TAP_SIG_SCHEME_PKCS1_5_DER 6
#define TAP_SIG_SCHEME_ECDSA_SHA1 7
#define TAP_SIG_SCHEME_ECDSA_SHA224 8
#define TAP_SIG_SCHEME_ECDSA_SHA256 9
#define TAP_SIG_SCHEME_ECDSA_SHA384 10
#define TAP_SIG_SCHEME_ECDSA_SHA512 11
#define TAP_SIG_SCHEME_PSS_SHA384 12
#define TAP_SIG_SCHEME_PSS_SHA512 13
#define TAP_SIG_SCHEME_PKCS1_5_SHA384 14
#define TAP_SIG_SCHEME_PKCS1_5_SHA512 15
#define TAP_SIG_SCHEME_PSS 16
#define TAP_SIG_SCHEME_PKCS1_5_SHA224 22
#define TAP_SIG_SCHEME_PSS_SHA224 23

typedef ubyte4 TAP_ATTR_TYPE;
#define TAP_ATTR_NONE 0
#define TAP_ATTR_CREDENTIAL 9            /* pStructOfType is a TAP_Credential */
#define TAP_ATTR_OBJECT_ID_BYTESTRING 64 /* pStructOfType is a TAP_Buffer */

typedef ubyte4 TAP_CREDENTIAL_TYPE;
#define TAP_CREDENTIAL_TYPE_UNDEFINED 0
#define TAP_CREDENTIAL_TYPE_PASSWORD 1

/* Not interpreted. */
typedef ubyte4 TAP_CREDENTIAL_FORMAT;
typedef ubyte4 TAP_CREDENTIAL_CONTEXT;
typedef ubyte4 TAP_ENTITY_TYPE;
typedef ubyte4 TAP_OBJECT_TYPE;
typedef ubyte4 TAP_KEY_USAGE;
typedef ubyte4 TAP_MODULE_ID;

/* Structures */

typedef struct TAP_Buffer {
  ubyte4 bufferLen;
  ubyte* pBuffer;
} TAP_Buffer;

/* Accepted wherever the published interface has one, and not used: see HOLDFAST_TAP_getErrorText. */
typedef struct TAP_ErrorContext {
  MSTATUS tapErrorCode;
  TAP_Buffer tapErrorString;
} TAP_ErrorContext;

typedef struct TAP_Attribute {
  TAP_ATTR_TYPE type;
  ubyte4 length; /* of what pStructOfType points at */
  void* pStructOfType;
} TAP_Attribute;

typedef struct TAP_AttributeList {
  ubyte4 listLen;
  TAP_Attribute* pAttributeList;
} TAP_AttributeList;

/* A passphrase for sealed data is one attribute of type TAP_ATTR_CREDENTIAL. */
typedef TAP_AttributeList TAP_SealAttributes;

/* A password is UTF-8 text without a terminating zero, of any length; one newline at its end does not count. */
typedef struct TAP_Credential {
  TAP_CREDENTIAL_TYPE credentialType;
  TAP_CREDENTIAL_FORMAT credentialFormat;
  TAP_CREDENTIAL_CONTEXT credentialContext;
  TAP_Buffer credentialData;
} TAP_Credential;

typedef struct TAP_CredentialList {
  ubyte4 numCredentials;
  TAP_Credential* pCredentialList;
} TAP_CredentialList;

typedef struct TAP_EntityCredential {
  TAP_ENTITY_TYPE parentType;
  ubyte4 parentId;
  TAP_ENTITY_TYPE entityType;
  ubyte4 entityId;
  TAP_CredentialList credentialList;
} TAP_EntityCredential;

typedef struct TAP_EntityCredentialList {
  ubyte4 numCredentials;
  TAP_EntityCredential* pEntityCredentials;
} TAP_EntityCredentialList;

/* One configuration, and where what it names is found. Clear it with memset before setting members. */
typedef struct TAP_ConfigInfo {
  TAP_PROVIDER provider;     /* TAP_PROVIDER_NANOROOT */
  TAP_Buffer configInfo;     /* the configuration file's bytes, as TAP_readConfigFile gives them */
  byteBoolean useSecurePath; /* programs that the credential file names must lie below the base folder */
  const char* pBasePath;     /* absolute; against it a relative credfile is resolved. NULL for /etc/digicert/ */
} TAP_ConfigInfo;

typedef struct TAP_ConfigInfoList {
  ubyte4 count;
  TAP_ConfigInfo* pConfig;
} TAP_ConfigInfoList;

/* What TAP_initContext needs to know of a module; a copy is as good as the list's. */
typedef struct TAP_Module {
  TAP_PROVIDER providerType;
  TAP_MODULE_ID moduleId; /* modulenum */
  char moduleIdStr[65];   /* moduleidstr in lower case; empty where moduleId alone tells modules apart */
  char moduleName[256];   /* modulename, cut where it is longer */
} TAP_Module;

typedef struct TAP_ModuleList {
  ubyte4 numModules;
  TAP_Module* pModuleList;
} TAP_ModuleList;

typedef struct TAP_KeyInfo_RSA {
  TAP_KEY_SIZE keySize;
  TAP_SIG_SCHEME sigScheme;
} TAP_KeyInfo_RSA;

typedef struct TAP_KeyInfo_ECC {
  TAP_ECC_CURVE curveId;
  TAP_SIG_SCHEME sigScheme;
} TAP_KeyInfo_ECC;

typedef struct TAP_KeyInfo_MLDSA {
  TAP_MLDSA_PARAMETER_SET parameterSet;
} TAP_KeyInfo_MLDSA;

typedef struct TAP_KeyInfo {
  TAP_KEY_ALGORITHM keyAlgorithm;
  TAP_KEY_USAGE keyUsage; /* not interpreted: all keys sign */
  union {
    TAP_KeyInfo_RSA rsaInfo;
    TAP_KeyInfo_ECC eccInfo;
    TAP_KeyInfo_MLDSA mldsaInfo;
  } algKeyInfo;
} TAP_KeyInfo;

typedef struct TAP_RSASignature {
  ubyte4 signatureLen;
  ubyte* pSignature;
} TAP_RSASignature;

/* Both numbers are big-endian and as long as the curve's order: 32, 48 or 66 bytes. */
typedef struct TAP_ECCSignature {
  ubyte4 rDataLen;
  ubyte* pRData;
  ubyte4 sDataLen;
  ubyte* pSData;
} TAP_ECCSignature;

typedef struct TAP_MLDSASignature {
  ubyte4 signatureLen;
  ubyte* pSignature;
} TAP_MLDSASignature;

typedef struct TAP_Signature {
  byteBoolean isDEREncoded; /* set by the caller: which of the two forms below it is going to read */
  TAP_KEY_ALGORITHM keyAlgorithm;
  union {
    TAP_RSASignature rsaSignature;
    TAP_ECCSignature eccSignature;
    TAP_MLDSASignature mldsaSignature;
  } signature;
  TAP_Buffer derEncSignature; /* ECDSA-Sig-Value (RFC 3279); of RSA and ML-DSA the signature as it is */
} TAP_Signature;

/* A module in use, and a key of it. */
typedef struct TAP_Context_ TAP_Context;
typedef struct TAP_Key_ TAP_Key;

/* Life cycle */

/* Reads a configuration file into a buffer for TAP_ConfigInfo (free it with TAP_UTILS_freeBuffer), and checks it.
 * Further arguments, of which the interface's versions have one or none, are accepted and not used: whether programs
 * are confined is what TAP_ConfigInfo says. ERR_FILE_NOT_EXIST; ERR_FILE_OPEN_FAILED where it cannot be read;
 * ERR_FILE_BAD_DATA, whose text names file and line. */
MSTATUS TAP_readConfigFile(const char* pConfigFile, TAP_Buffer* pConfigInfo, ...);

/* Makes the configurations' modules known to this process. May be called again, by a library that knows nothing of the
 * first caller too; each call wants a TAP_uninit of its own. Touches no device yet.
 * ERR_INVALID_ARG where another call made a module of the same number and moduleidstr known with other settings;
 * ERR_TAP_UNSUPPORTED for another provider; ERR_FILE_BAD_DATA. */
MSTATUS TAP_init(TAP_ConfigInfoList* pConfigInfoList, TAP_ErrorContext* pErrContext);

/* Forgets all modules with the last call. Contexts and keys go on to work.
 * HOLDFAST_TAP_ERR_NOT_INITIALIZED where no TAP_init is left. */
MSTATUS TAP_uninit(TAP_ErrorContext* pErrContext);

/* The modules of TAP_init, in its order; free the list with TAP_freeModuleList. Connections and capabilities are for
 * other providers: modules are always local, and capabilities do not narrow the list.
 * ERR_TAP_UNSUPPORTED for a connection, and for another provider. */
MSTATUS TAP_getModuleList(void* pConnection, TAP_PROVIDER provider, void* pCapabilities, TAP_ModuleList* pModuleList,
                          TAP_ErrorContext* pErrContext);
MSTATUS TAP_freeModuleList(TAP_ModuleList* pModuleList);

/* Begins to use a module. A password among the credentials opens a device that was made with a passphrase; other
 * credentials and all attributes are not used. Touches no device yet. End it with TAP_uninitContext.
 * ERR_INVALID_ARG for a module that TAP_init did not make known. */
MSTATUS TAP_initContext(TAP_Module* pModule, TAP_EntityCredentialList* pCredentials, TAP_AttributeList* pAttributes,
                        TAP_Context** ppContext, TAP_ErrorContext* pErrContext);
MSTATUS TAP_uninitContext(TAP_Context** ppContext, TAP_ErrorContext* pErrContext);

/* Keys */

/* The key of an identifier: 4 bytes (either 32-bit spelling) or 8 bytes (the documented index), big-endian. Where
 * pKeyId is NULL, an attribute of type TAP_ATTR_OBJECT_ID_BYTESTRING holds it. pKeyInfo may be NULL, or its
 * keyAlgorithm undefined; otherwise that decides what an ambiguous identifier means, and must be the identifier's, as
 * must be size, curve or parameter set beside it, where they are not 0. The device's key is made with the first use of
 * it, which for RSA takes seconds to minutes. Credentials and key credentials are not used. ERR_TAP_INVALID_INPUT for
 * an identifier of another size; ERR_TAP_INVALID_ALGORITHM for an unknown one, and where algorithm, size, curve or
 * parameter set beside it are others; ERR_TAP_UNSUPPORTED_ALGORITHM where that algorithm is neither RSA nor ECC nor
 * ML-DSA; ERR_TAP_INVALID_SCHEME where the scheme beside it is none or does not fit the key. */
MSTATUS TAP_importKeyFromID(TAP_Context* pContext, TAP_EntityCredentialList* pCredentials, TAP_KeyInfo* pKeyInfo,
                            TAP_Buffer* pKeyId, TAP_AttributeList* pAttributes, TAP_CredentialList* pKeyCredentials,
                            TAP_Key** ppKey, TAP_ErrorContext* pErrContext);

/* Signs data of any size, or a digest. Both forms of an ECDSA signature are given, and isDEREncoded stays as the caller
 * set it (1 for any value but 0). Free the signature with TAP_freeSignature.
 *
 * Every RSA scheme is for every RSA key, every ECDSA scheme for every curve, NONE for ML-DSA. Where a scheme names no
 * hash (PKCS1_5, PSS) it is the one of a digest's size; for data SHA-256 with keys of 2048 and 3072 bits, else SHA-512.
 * PKCS1_5_DER takes a DigestInfo (RFC 8017, 9.2) as digest. PSS salts are as long as the digest.
 * NONE with RSA and ECC is the scheme of TAP_KeyInfo, where that was given. No profile allows SHA-1 and SHA-224.
 *
 * ERR_TAP_INVALID_SCHEME for a scheme that does not fit the key; ERR_TAP_INVALID_INPUT for a digest of another size;
 * ERR_TAP_UNSUPPORTED for a digest with ML-DSA, which hashes messages in its own way; ERR_TAP_SIGN_VERIFY_FAIL where
 * signing itself failed; HOLDFAST_TAP_ERR_REFUSED where the device's profile forbids scheme or hash. */
MSTATUS TAP_asymSign(TAP_Key* pKey, TAP_EntityCredentialList* pCredentials, TAP_AttributeList* pAttributes,
                     TAP_SIG_SCHEME sigScheme, byteBoolean isDataNotDigest, TAP_Buffer* pInput,
                     TAP_Signature* pSignature, TAP_ErrorContext* pErrContext);

/* Lets the secret of a key go from memory; a later use loads it again. */
MSTATUS TAP_unloadKey(TAP_Key* pKey, TAP_ErrorContext* pErrContext);
/* Frees the handle and sets the pointer to NULL. NULL behind the pointer is no error. */
MSTATUS TAP_freeKey(TAP_Key** ppKey);
/* Frees what a signature holds, not the structure itself. */
MSTATUS TAP_freeSignature(TAP_Signature* pSignature);

/* Data */

/* Seals data of up to 4 GiB less a little, so that this device alone opens it, and only with the passphrase among the
 * attributes, where there is one. Object types are not interpreted; objects and their credentials are for other
 * providers (ERR_NOT_IMPLEMENTED). Free the output with TAP_UTILS_freeBuffer. */
MSTATUS TAP_sealWithTrustedData(TAP_Context* pContext, TAP_EntityCredentialList* pCredentials,
                                TAP_OBJECT_TYPE objectType, void* pObject, TAP_CredentialList* pObjectCredentials,
                                TAP_SealAttributes* pSealAttributes, TAP_Buffer* pInput, TAP_Buffer* pOutput,
                                TAP_ErrorContext* pErrContext);

/* Unseals what TAP_sealWithTrustedData, or `holdfast seal` on the same device, sealed. Nothing is given out unless all
 * of it is authentic. A passphrase for what was sealed without one is ERR_TAP_INVALID_INPUT. */
MSTATUS TAP_unsealWithTrustedData(TAP_Context* pContext, TAP_EntityCredentialList* pCredentials,
                                  TAP_OBJECT_TYPE objectType, void* pObject, TAP_SealAttributes* pSealAttributes,
                                  TAP_Buffer* pInput, TAP_Buffer* pOutput, TAP_ErrorContext* pErrContext);

/* Others */

/* Random bytes, at most 1 MiB at once; free them with TAP_UTILS_freeBuffer. Makes and opens no device. */
MSTATUS TAP_getRandom(TAP_Context* pContext, ubyte4 bytesRequested, TAP_AttributeList* pAttributes, TAP_Buffer* pRandom,
                      TAP_ErrorContext* pErrContext);

/* Wipes and frees what an output buffer holds, not the structure itself. An empty one is no error. */
MSTATUS TAP_UTILS_freeBuffer(TAP_Buffer* pBuffer);

/* What a key identifier stands for: sets keyAlgorithm, and the size, curve or parameter set. On the way in,
 * keyAlgorithm decides as in TAP_importKeyFromID. The same errors. (The published documentation names this function
 * without saying what its arguments are; these are our choice.) */
MSTATUS TAP_parse_algorithm_info(TAP_Buffer* pKeyId, TAP_KeyInfo* pKeyInfo, TAP_ErrorContext* pErrContext);

/* Additions of Holdfast */

/* What went wrong last, as text for people: in a context and its keys, in whichever thread; or, with NULL, in this
 * thread, in whichever context or none. Copies up to size - 1 bytes and a terminating zero, and returns how long the
 * whole text is without it; 0 where nothing failed. pText may be NULL. Neither secrets nor attribute values are in it.
 */
ubyte4 HOLDFAST_TAP_getErrorText(TAP_Context* pContext, char* pText, ubyte4 size);

/* The public key as PEM of a SubjectPublicKeyInfo, without a terminating zero. Makes the device and the key where they
 * are not there yet. Free it with TAP_UTILS_freeBuffer. */
MSTATUS HOLDFAST_TAP_exportPublicKey(TAP_Key* pKey, TAP_Buffer* pPem, TAP_ErrorContext* pErrContext);

#ifdef __cplusplus
}
#endif

#endif
