/* Signs a file with a key of this device, which is made where it is missing.
 *
 *     sign_message KEY FILE > SIGNATURE
 *     sign_message KEY FILE SIGNATURE      verifies
 *
 * cc -std=c99 sign_message.c $(pkg-config --cflags --libs holdfast)
 */
#define _POSIX_C_SOURCE 200809L

#include <holdfast/holdfast.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a file of at most 1 MiB. The caller frees it. */
static unsigned char* read_file(const char* path, size_t* size) {
  const size_t limit = 1024 * 1024;
  FILE* file = fopen(path, "rb");
  unsigned char* bytes = malloc(limit);
  if (file == NULL || bytes == NULL) {
    perror(path);
    if (file != NULL) fclose(file);
    free(bytes);
    return NULL;
  }
  *size = fread(bytes, 1, limit, file);
  fclose(file);
  return bytes;
}

static int complain(const char* what, holdfast_device* device) {
  fprintf(stderr, "%s: %s\n", what, holdfast_device_error(device));
  return 1;
}

/* The key for signing; made first, where there is none of that name. NULL on failure, which has been complained of. */
static holdfast_key* signing_key(holdfast_device* device, const char* name) {
  holdfast_key* key = NULL;
  char why_not_made[1024];
  holdfast_status status = holdfast_key_open(device, name, HOLDFAST_USE_SIGN, &key);
  if (status == HOLDFAST_OK) return key;
  if (status != HOLDFAST_NOT_FOUND) {
    complain(name, device);
    return NULL;
  }
  status = holdfast_key_create(device, name, "ecdsa-p256", NULL);
  snprintf(why_not_made, sizeof why_not_made, "%s", holdfast_device_error(device));
  /* REFUSED may mean that another process was quicker, and its key is as good. */
  if (holdfast_key_open(device, name, HOLDFAST_USE_SIGN, &key) == HOLDFAST_OK) return key;
  fprintf(stderr, "%s: %s\n", name, status == HOLDFAST_OK ? holdfast_device_error(device) : why_not_made);
  return NULL;
}

static int sign(holdfast_device* device, const char* name, const char* path) {
  unsigned char* signature = NULL;
  size_t size = 0;
  int result = 1;
  int message = open(path, O_RDONLY | O_CLOEXEC);
  holdfast_key* key = signing_key(device, name);
  if (message < 0) {
    perror(path);
  } else if (key != NULL) {
    size = holdfast_key_signature_size_max(key);
    signature = malloc(size);
    if (signature == NULL || holdfast_key_sign_fd(key, NULL, message, signature, &size) != HOLDFAST_OK) {
      complain("sign", device);
    } else {
      result = fwrite(signature, 1, size, stdout) == size && fflush(stdout) == 0 ? 0 : 1;
    }
  }
  free(signature);
  holdfast_key_free(key);
  if (message >= 0) close(message);
  return result;
}

static int verify(holdfast_device* device, const char* name, const char* path, const char* signature_path) {
  size_t message_size = 0;
  size_t signature_size = 0;
  unsigned char* message = read_file(path, &message_size);
  unsigned char* signature = read_file(signature_path, &signature_size);
  char* pem = NULL;
  int result = 1;
  if (message != NULL && signature != NULL) {
    if (holdfast_key_public(device, name, &pem) != HOLDFAST_OK ||
        holdfast_verify(device, pem, strlen(pem), NULL, message, message_size, signature, signature_size) !=
            HOLDFAST_OK) {
      complain("verify", device);
    } else {
      puts("valid");
      result = 0;
    }
  }
  holdfast_text_free(pem);
  free(message);
  free(signature);
  return result;
}

int main(int argc, char** argv) {
  holdfast_device* device = NULL;
  int result = 1;
  if (argc != 3 && argc != 4) {
    fprintf(stderr, "usage: %s KEY FILE [SIGNATURE]\n", argv[0]);
    return 2;
  }
  if (holdfast_device_new(&device) != HOLDFAST_OK || holdfast_device_open(device) != HOLDFAST_OK) {
    result = complain("open", device);
  } else {
    result = argc == 3 ? sign(device, argv[1], argv[2]) : verify(device, argv[1], argv[2], argv[3]);
  }
  holdfast_device_free(device);
  return result;
}
