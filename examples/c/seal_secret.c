/* Keeps a small secret in a file that only this device can read.
 *
 *     seal_secret put FILE < SECRET
 *     seal_secret get FILE > SECRET
 *
 * cc -std=c99 seal_secret.c $(pkg-config --cflags --libs holdfast)
 */
#define _POSIX_C_SOURCE 200809L

#include <holdfast/holdfast.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_MAX = 64 * 1024 };

static int complain(const char* what, holdfast_device* device) {
  fprintf(stderr, "%s: %s\n", what, holdfast_device_error(device));
  return 1;
}

/* Asked only where the device was made with a passphrase. */
static int passphrase(void* user, int attempt, char* buffer, size_t capacity) {
  const char* typed = getenv((const char*)user);
  if (typed == NULL || attempt > 1 || strlen(typed) > capacity) return -1;
  memcpy(buffer, typed, strlen(typed));
  return (int)strlen(typed);
}

/* Writes beside the file and renames, so that there is never half of it. */
static int replace(const char* path, const unsigned char* bytes, size_t size) {
  char beside[4096];
  FILE* file;
  int written;
  if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside) return 1;
  file = fopen(beside, "wb");
  if (file == NULL) {
    perror(beside);
    return 1;
  }
  written = fwrite(bytes, 1, size, file) == size;
  if (fclose(file) != 0 || !written || rename(beside, path) != 0) {
    perror(path);
    remove(beside);
    return 1;
  }
  return 0;
}

static int put(holdfast_device* device, const char* path) {
  static unsigned char secret[SECRET_MAX];
  const size_t secret_size = fread(secret, 1, sizeof secret, stdin);
  size_t size = holdfast_sealed_size_max(secret_size);
  unsigned char* sealed = malloc(size);
  holdfast_seal_options options = HOLDFAST_SEAL_OPTIONS_INIT;
  int result = 1;
  options.name = "example secret";
  if (sealed == NULL || holdfast_seal(device, &options, secret, secret_size, sealed, &size) != HOLDFAST_OK) {
    complain("seal", device);
  } else {
    result = replace(path, sealed, size);
  }
  memset(secret, 0, sizeof secret);
  free(sealed);
  return result;
}

static int get(holdfast_device* device, const char* path) {
  static unsigned char sealed[SECRET_MAX + 8192];
  static unsigned char secret[sizeof sealed];
  size_t size = sizeof secret;
  size_t sealed_size;
  holdfast_unseal_options options = HOLDFAST_UNSEAL_OPTIONS_INIT;
  int result = 1;
  FILE* file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  sealed_size = fread(sealed, 1, sizeof sealed, file);
  fclose(file);
  options.name = "example secret";
  if (holdfast_unseal(device, &options, sealed, sealed_size, secret, &size) != HOLDFAST_OK) {
    complain(path, device);
  } else {
    result = fwrite(secret, 1, size, stdout) == size && fflush(stdout) == 0 ? 0 : 1;
  }
  memset(secret, 0, sizeof secret);
  return result;
}

int main(int argc, char** argv) {
  static char variable[] = "EXAMPLE_PASSPHRASE";
  holdfast_device* device = NULL;
  int result = 2;
  if (argc != 3 || (strcmp(argv[1], "put") != 0 && strcmp(argv[1], "get") != 0)) {
    fprintf(stderr, "usage: %s put|get FILE\n", argv[0]);
    return 2;
  }
  if (holdfast_device_new(&device) != HOLDFAST_OK ||
      holdfast_device_set_passphrase_function(device, passphrase, variable) != HOLDFAST_OK ||
      holdfast_device_open(device) != HOLDFAST_OK) {
    result = complain("open", device);
  } else {
    result = strcmp(argv[1], "put") == 0 ? put(device, argv[2]) : get(device, argv[2]);
  }
  holdfast_device_free(device);
  return result;
}
