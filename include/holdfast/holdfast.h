/* Holdfast for C: a device's keys, signatures and sealed data.
 *
 * A device is made once, with `holdfast init`; programs open it and use it. In short:
 *
 *     holdfast_device *device = NULL;
 *     if (holdfast_device_new(&device) != HOLDFAST_OK) return 1;
 *     if (holdfast_device_open(device) != HOLDFAST_OK) {
 *       fprintf(stderr, "%s\n", holdfast_device_error(device));
 *     }
 *     ...
 *     holdfast_device_free(device);
 *
 * Rules that hold for every function
 *
 * Statuses   Functions that can fail return a holdfast_status; 0 is success, and anything else means that nothing was
 *            done. Why stands in words in holdfast_device_error, with what to do about it. Neither statuses nor texts
 *            ever hold secrets: they may be logged.
 * Memory     Bytes go into memory that the caller has: `out` has room for `*out_size` bytes, which becomes the number
 *            that was written. Where that is too little, HOLDFAST_BUFFER_TOO_SMALL is returned, `*out_size` becomes a
 *            size that is enough, and nothing else happens; `out` NULL with `*out_size` 0 only asks. Input and output
 *            must not overlap.
 *            Texts (PEM, JSON) are made by the library as `char *`, end with a zero byte, and belong to the caller
 *            until holdfast_text_free. A handle belongs to the caller until its `_free` function. Nothing else is
 *            handed over: what is passed in is borrowed for the call and copied where it is needed longer.
 *            After a failure texts and handles are NULL and sizes untouched. Memory for bytes is untouched, or zero
 *            where something had been written; it never holds plaintext.
 * Secrets    Passphrases that the library keeps are in locked memory, and wiped. Wiping what you pass in and get out
 *            is yours; holdfast_text_free wipes what it frees.
 * Strings    `const char *` is UTF-8 that ends with a zero byte. NULL means "not given" where a comment says so, and
 *            is HOLDFAST_USAGE everywhere else. A pointer to bytes may be NULL where their number is 0.
 * Options    Structures begin with their own size, and are made with their `_INIT` macro, so that programs keep
 *            working when later versions add members. NULL in place of options means the usual ones.
 * Names      Algorithms, hashes and so on are named as on the command line ("ecdsa-p256", "sha384").
 * Threads    Handles may be used by any number of threads at once, but for these: holdfast_device_set_* and
 *            holdfast_device_open come before anything else, in one thread; `_free` comes last. Nothing is locked
 *            while cryptography runs. Texts of errors are kept for each device and, of it, for each thread.
 * Processes  Any number may use one device at a time. A child made by fork may use the handles that it inherits, when
 *            no other thread was in a call at that moment.
 * Surroundings The library changes nothing about the process: no signal handlers, no locale, no environment, no global
 *            state of OpenSSL, whose configuration file it does not read. It writes nothing to standard output or
 *            error. Programs that write to pipes ignore SIGPIPE. Exceptions never leave it.
 */
#ifndef HOLDFAST_HOLDFAST_H
#define HOLDFAST_HOLDFAST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HOLDFAST_API __attribute__((visibility("default")))
#define HOLDFAST_CHECKED __attribute__((visibility("default"), warn_unused_result))
#else
#define HOLDFAST_API
#define HOLDFAST_CHECKED
#endif

/* What came of a call. From 0 to 9 these are the exit statuses of the command `holdfast`. */
typedef enum holdfast_status {
  HOLDFAST_OK = 0,
  HOLDFAST_SIGNATURE_INVALID = 1, /* from holdfast_verify only: it could tell, and the signature is wrong */
  HOLDFAST_USAGE = 2,             /* an argument makes no sense, or this call does not fit here */
  HOLDFAST_DOES_NOT_OPEN =
      3, /* another machine, too much drift, a wrong passphrase of the device, or sealed elsewhere */
  HOLDFAST_WRONG_PASSPHRASE = 4, /* of a sealed file or a key file */
  HOLDFAST_MALFORMED = 5,        /* altered, truncated, or no such thing at all */
  HOLDFAST_NOT_FOUND = 6,        /* no such device, key, certificate or file */
  HOLDFAST_REFUSED = 7,          /* the profile, an expiry, a name or a permission forbids it, or it exists already */
  HOLDFAST_IO = 8,               /* reading or writing failed */
  HOLDFAST_INTERNAL = 9,         /* a fault in a library, or in this one */
  HOLDFAST_NO_MEMORY = 20,
  HOLDFAST_BUFFER_TOO_SMALL = 21,
  HOLDFAST_PASSPHRASE_NEEDED = 22, /* by the device or by what was sealed, and there is none */
  HOLDFAST_ATTRIBUTES_MISSING = 23 /* so many of the device's attributes cannot be read here that it cannot open */
} holdfast_status;

/* The name of a status, such as "does_not_open". Never NULL; static. */
HOLDFAST_API const char* holdfast_status_name(int status);
/* The library's version, such as "0.1.0". Static. */
HOLDFAST_API const char* holdfast_version(void);
/* Wipes and frees a text that the library made. NULL does nothing. */
HOLDFAST_API void holdfast_text_free(char* text);

/* ---- Devices ---------------------------------------------------------------------------------------------------- */

/* A device, at first only what is set about it; open after holdfast_device_open. */
typedef struct holdfast_device holdfast_device;

HOLDFAST_CHECKED holdfast_status holdfast_device_new(holdfast_device** device);
/* NULL does nothing. Keys that were opened from it stay usable until they are freed themselves. */
HOLDFAST_API void holdfast_device_free(holdfast_device* device);
/* Why this thread's last call failed that was about this device or one of its keys, whatever happened to other devices
 * since. Empty, never NULL, where none did. `device` may be NULL, for calls that had none. Valid in this thread, until
 * its next failure that is about the same device, and until the device and its keys are freed. */
HOLDFAST_API const char* holdfast_device_error(const holdfast_device* device);

/* The state folder. Without this call: $HOLDFAST_DIR, else /var/lib/holdfast for root, else $XDG_DATA_HOME/holdfast. */
HOLDFAST_CHECKED holdfast_status holdfast_device_set_folder(holdfast_device* device, const char* folder);

/* The device's passphrase, where it was made with one; 1 to 1024 bytes of UTF-8, brought into normal form C. */
HOLDFAST_CHECKED holdfast_status holdfast_device_set_passphrase(holdfast_device* device, const void* passphrase,
                                                                size_t size);
/* Asks for the device's passphrase, when it needs one and none was set: with attempt 1, and again with 2 where the
 * first one opens nothing. Writes at most `capacity` bytes, and returns how many, or -1 to give up, which ends
 * holdfast_device_open with PASSPHRASE_NEEDED. The buffer is locked memory, and wiped. Called in the thread that opens;
 * must not call back into the library. */
typedef int (*holdfast_passphrase_function)(void* user, int attempt, char* buffer, size_t capacity);
HOLDFAST_CHECKED holdfast_status holdfast_device_set_passphrase_function(holdfast_device* device,
                                                                         holdfast_passphrase_function function,
                                                                         void* user);

/* Told how far a long step is: `what` is static text such as "sealing". `total` is 0 where nobody knows. Called from
 * any thread, also from several at once; must not call back into the library. */
typedef void (*holdfast_progress_function)(void* user, const char* what, uint64_t done, uint64_t total);
HOLDFAST_CHECKED holdfast_status holdfast_device_set_progress_function(holdfast_device* device,
                                                                       holdfast_progress_function function, void* user);

/* Runs only programs below this folder, of those that a credential file names for reading attributes; a program
 * elsewhere is HOLDFAST_REFUSED. Without this call they may be anywhere that other accounts cannot write. */
HOLDFAST_CHECKED holdfast_status holdfast_device_set_program_folder(holdfast_device* device, const char* folder);

/* Reads this machine's attributes and opens the device with them. Takes one Argon2id computation: 20 ms and 19 MiB, or
 * 64 MiB with a passphrase; more where attributes have changed.
 * DOES_NOT_OPEN where it does not, be it for changed attributes or a wrong passphrase: these cannot be told apart, on
 * purpose. ATTRIBUTES_MISSING where too many cannot even be read: unset variables, or a process that lacks permissions.
 * PASSPHRASE_NEEDED where none was given, or the function gave up. NOT_FOUND where there is no device. REFUSED where
 * others can enter its folder. MALFORMED where its files were altered. */
HOLDFAST_CHECKED holdfast_status holdfast_device_open(holdfast_device* device);

/* What `holdfast status --json` prints. Works before the device is open, and then tries to open it without asking for
 * a passphrase; that it does not open is no failure, but "opens": false. */
HOLDFAST_CHECKED holdfast_status holdfast_device_status(holdfast_device* device, char** json);

/* Random bytes from the device's own source, at most 16 MiB at once (else USAGE). */
HOLDFAST_CHECKED holdfast_status holdfast_random(holdfast_device* device, void* out, size_t size);

/* ---- Sealing ---------------------------------------------------------------------------------------------------- */

typedef struct holdfast_seal_options {
  size_t struct_size;
  const char* name;       /* bound to the sealed data; a reader may insist on it. NULL for none, at most 1024 bytes */
  const void* passphrase; /* needed, besides this device, to unseal. NULL for none */
  size_t passphrase_size; /* 1 to 1024 bytes */
  int64_t expires;        /* seconds since 1970, from when on nobody's Holdfast unseals it; 0 for never */
  const char* suite;      /* "aes-256-gcm" or "chacha20-poly1305"; NULL for the profile's usual one */
} holdfast_seal_options;
#define HOLDFAST_SEAL_OPTIONS_INIT {sizeof(holdfast_seal_options), NULL, NULL, 0, 0, NULL}

typedef struct holdfast_unseal_options {
  size_t struct_size;
  const char* name;       /* when given, it must have been sealed under exactly this name: else REFUSED */
  const void* passphrase; /* NULL for none */
  size_t passphrase_size;
  int from_outside; /* not 0: for what others encrypted to this device (holdfast_encrypt_to), which proves no origin */
  const char* key;  /* from outside: to which key, where it should be only that one. NULL for any. NOT_FOUND where there
                       is no such key, DOES_NOT_OPEN where it was encrypted to another */
} holdfast_unseal_options;
#define HOLDFAST_UNSEAL_OPTIONS_INIT {sizeof(holdfast_unseal_options), NULL, NULL, 0, 0, NULL}

/* A size that is enough for the sealed (or encrypted) form of so many bytes. */
HOLDFAST_API size_t holdfast_sealed_size_max(size_t plaintext_size);

/* Seals bytes to this device: only it, opened, can unseal them, and any change is found. REFUSED where the device got
 * another root since it was opened (holdfast rotate-root): open it again. The same holds for making keys. */
HOLDFAST_CHECKED holdfast_status holdfast_seal(holdfast_device* device, const holdfast_seal_options* options,
                                               const void* plaintext, size_t plaintext_size, void* out,
                                               size_t* out_size);
/* The plaintext of what was sealed. `out` needs room for `sealed_size` bytes. */
HOLDFAST_CHECKED holdfast_status holdfast_unseal(holdfast_device* device, const holdfast_unseal_options* options,
                                                 const void* sealed, size_t sealed_size, void* out, size_t* out_size);

/* The same from one descriptor to another, of any size in constant memory: from the input's position to its end. Both
 * are in blocking mode and stay open. `plaintext_size` may be NULL. After a failure of holdfast_unseal_fd what was
 * written is a beginning at best, which nobody may take for the whole: write to a file that takes its name on success.
 */
HOLDFAST_CHECKED holdfast_status holdfast_seal_fd(holdfast_device* device, const holdfast_seal_options* options, int in,
                                                  int out, uint64_t* plaintext_size);
HOLDFAST_CHECKED holdfast_status holdfast_unseal_fd(holdfast_device* device, const holdfast_unseal_options* options,
                                                    int in, int out, uint64_t* plaintext_size);

/* Encrypts to any device that has the private half of this ML-KEM or hybrid public key (PEM). `device` need not be
 * open. `name` is bound to the result; NULL for none. */
HOLDFAST_CHECKED holdfast_status holdfast_encrypt_to(holdfast_device* device, const void* public_key,
                                                     size_t public_key_size, const char* name, const void* plaintext,
                                                     size_t plaintext_size, void* out, size_t* out_size);

/* ---- Keys, by name: "NAME" or "NAME@VERSION" -------------------------------------------------------------------- */

typedef enum holdfast_use {
  HOLDFAST_USE_SIGN = 1,
  HOLDFAST_USE_ENCRYPT = 2,
  HOLDFAST_USE_DECRYPT = 4,
  HOLDFAST_USE_DERIVE = 8,
  HOLDFAST_USE_DECAPSULATE = 16
} holdfast_use;

typedef enum holdfast_key_state {
  HOLDFAST_KEY_ACTIVE = 0,
  HOLDFAST_KEY_DISABLED = 1, /* may come back */
  HOLDFAST_KEY_DESTROYED = 2 /* for ever; its name stays taken */
} holdfast_key_state;

typedef struct holdfast_key_options {
  size_t struct_size;
  const char* origin; /* "derived" or "random"; NULL for derived, and random for RSA */
  unsigned uses;      /* of holdfast_use, or-ed; 0 for what such keys are usually for */
} holdfast_key_options;
#define HOLDFAST_KEY_OPTIONS_INIT {sizeof(holdfast_key_options), NULL, 0}

/* Makes a key. REFUSED where the name is taken. RSA keys take seconds. */
HOLDFAST_CHECKED holdfast_status holdfast_key_create(holdfast_device* device, const char* name, const char* algorithm,
                                                     const holdfast_key_options* options);
/* Takes in a private key that was made elsewhere: PKCS #8, PEM or DER, encrypted or not. `uses` as above. */
HOLDFAST_CHECKED holdfast_status holdfast_key_import(holdfast_device* device, const char* name, const void* file,
                                                     size_t file_size, const void* passphrase, size_t passphrase_size,
                                                     unsigned uses);
/* Makes the next version of a key, like the newest one. */
HOLDFAST_CHECKED holdfast_status holdfast_key_rotate(holdfast_device* device, const char* name);
/* `state` is one of holdfast_key_state. */
HOLDFAST_CHECKED holdfast_status holdfast_key_set_state(holdfast_device* device, const char* name, int state);
/* What `holdfast key list --json` and `holdfast key show --json` print. */
HOLDFAST_CHECKED holdfast_status holdfast_key_list(holdfast_device* device, char** json);
HOLDFAST_CHECKED holdfast_status holdfast_key_show(holdfast_device* device, const char* name, char** json);
/* The public key as PEM (SubjectPublicKeyInfo, RFC 5280), in every state of the key. */
HOLDFAST_CHECKED holdfast_status holdfast_key_public(holdfast_device* device, const char* name, char** pem);
/* Keeps a certificate beside its key, with its issuers': PEM or DER. REFUSED where it is another key's. */
HOLDFAST_CHECKED holdfast_status holdfast_key_store_certificate(holdfast_device* device, const char* name,
                                                                const void* certificate, size_t size);
HOLDFAST_CHECKED holdfast_status holdfast_key_load_certificate(holdfast_device* device, const char* name, char** pem);

/* ---- Keys in use ------------------------------------------------------------------------------------------------ */

/* A key, open for one use. Its secret never leaves the library. */
typedef struct holdfast_key holdfast_key;

/* `use` is one of holdfast_use. REFUSED where the key is disabled or not for that use, or where the profile forbids it.
 */
HOLDFAST_CHECKED holdfast_status holdfast_key_open(holdfast_device* device, const char* name, unsigned use,
                                                   holdfast_key** key);
/* NULL does nothing. */
HOLDFAST_API void holdfast_key_free(holdfast_key* key);
/* As holdfast_device_error, of the device that it was opened from. */
HOLDFAST_API const char* holdfast_key_error(const holdfast_key* key);
/* The algorithm's name, such as "ml-dsa-65"; static. NULL for NULL. */
HOLDFAST_API const char* holdfast_key_algorithm(const holdfast_key* key);
/* Its version, from 1. 0 for NULL. */
HOLDFAST_API uint32_t holdfast_key_version(const holdfast_key* key);

typedef struct holdfast_signature_options {
  size_t struct_size;
  const char* hash;    /* "sha256", "sha384", "sha512" (RSA, ECDSA); NULL for the algorithm's and profile's usual one */
  const char* scheme;  /* "pkcs1" or "pss" (RSA); NULL for the usual one */
  int is_digest;       /* not 0: the message is its digest already (RSA, ECDSA) */
  int deterministic;   /* not 0: the same signature every time (ECDSA, ML-DSA). Without meaning for verifying */
  const void* context; /* ML-DSA's context string (FIPS 204), at most 255 bytes */
  size_t context_size;
} holdfast_signature_options;
#define HOLDFAST_SIGNATURE_OPTIONS_INIT {sizeof(holdfast_signature_options), NULL, NULL, 0, 0, NULL, 0}

/* The most bytes that a signature with this key has; 0 where it cannot sign. */
HOLDFAST_API size_t holdfast_key_signature_size_max(const holdfast_key* key);
/* Signs a message. ECDSA signatures are DER, RSA's as long as the modulus. `out` needs the room of
 * holdfast_key_signature_size_max. */
HOLDFAST_CHECKED holdfast_status holdfast_key_sign(const holdfast_key* key, const holdfast_signature_options* options,
                                                   const void* message, size_t message_size, void* out,
                                                   size_t* out_size);
/* The same for what a descriptor gives, from its position to its end. */
HOLDFAST_CHECKED holdfast_status holdfast_key_sign_fd(const holdfast_key* key,
                                                      const holdfast_signature_options* options, int message, void* out,
                                                      size_t* out_size);
/* OK, or SIGNATURE_INVALID, for any public key: PEM or DER of a SubjectPublicKeyInfo. `device` may be NULL. */
HOLDFAST_CHECKED holdfast_status holdfast_verify(holdfast_device* device, const void* public_key,
                                                 size_t public_key_size, const holdfast_signature_options* options,
                                                 const void* message, size_t message_size, const void* signature,
                                                 size_t signature_size);

/* A certificate request (PKCS #10) as PEM. `subject` is a distinguished name such as "CN=pump 7,O=Example";
 * alternative names are spelled "dns:pump7.example", "ip:192.0.2.7", "uri:urn:example:7", "email:ops@example". */
HOLDFAST_CHECKED holdfast_status holdfast_key_request(const holdfast_key* key, const char* subject,
                                                      const char* const* alternative_names, size_t count, char** pem);
/* A self-signed certificate as PEM, valid from now for `days`. */
HOLDFAST_CHECKED holdfast_status holdfast_key_self_signed(const holdfast_key* key, const char* subject,
                                                          const char* const* alternative_names, size_t count,
                                                          unsigned days, char** pem);

/* Data keys (AES-256-GCM), opened for HOLDFAST_USE_ENCRYPT: at most 64 MiB (else USAGE); the result is 28 bytes longer.
 * What is `associated` must be given again to decrypt. */
HOLDFAST_CHECKED holdfast_status holdfast_key_encrypt(const holdfast_key* key, const void* associated,
                                                      size_t associated_size, const void* plaintext,
                                                      size_t plaintext_size, void* out, size_t* out_size);

typedef struct holdfast_decrypt_options {
  size_t struct_size;
  const void* associated; /* data keys */
  size_t associated_size;
  const char* hash;  /* RSA-OAEP; NULL for "sha256" */
  const void* label; /* RSA-OAEP */
  size_t label_size;
} holdfast_decrypt_options;
#define HOLDFAST_DECRYPT_OPTIONS_INIT {sizeof(holdfast_decrypt_options), NULL, 0, NULL, NULL, 0}

/* Data keys and RSA keys (OAEP), opened for HOLDFAST_USE_DECRYPT. `out` needs room for `encrypted_size` bytes. */
HOLDFAST_CHECKED holdfast_status holdfast_key_decrypt(const holdfast_key* key, const holdfast_decrypt_options* options,
                                                      const void* encrypted, size_t encrypted_size, void* out,
                                                      size_t* out_size);

/* The most bytes that holdfast_key_agree and holdfast_key_decapsulate give. */
#define HOLDFAST_SHARED_SECRET_MAX 66
/* The secret shared with the owner of a public key (ECDH, X25519), opened for HOLDFAST_USE_DERIVE. Not uniformly
 * random: derive keys from it. */
HOLDFAST_CHECKED holdfast_status holdfast_key_agree(const holdfast_key* key, const void* peer, size_t peer_size,
                                                    void* out, size_t* out_size);
/* The secret in an ML-KEM or hybrid ciphertext, 32 bytes, opened for HOLDFAST_USE_DECAPSULATE. */
HOLDFAST_CHECKED holdfast_status holdfast_key_decapsulate(const holdfast_key* key, const void* ciphertext, size_t size,
                                                          void* out, size_t* out_size);

#ifdef __cplusplus
}
#endif

#endif
