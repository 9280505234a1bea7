/* Asks for a certificate for a key of this device, and keeps it beside the key.
 *
 *     request_certificate KEY SUBJECT [NAME...] > REQUEST.pem     for example: pump "CN=pump 7" dns:pump7.example
 *     request_certificate --store KEY CERTIFICATE.pem
 *
 * cc -std=c99 request_certificate.c $(pkg-config --cflags --libs holdfast)
 */
#include <holdfast/holdfast.h>

#include <stdio.h>
#include <string.h>

static int complain(const char* what, holdfast_device* device) {
  fprintf(stderr, "%s: %s\n", what, holdfast_device_error(device));
  return 1;
}

static int request(holdfast_device* device, const char* name, const char* subject, const char* const* names,
                   size_t count) {
  holdfast_key* key = NULL;
  char* pem = NULL;
  int result = 0;
  if (holdfast_key_open(device, name, HOLDFAST_USE_SIGN, &key) != HOLDFAST_OK ||
      holdfast_key_request(key, subject, names, count, &pem) != HOLDFAST_OK) {
    result = complain(name, device);
  } else {
    fputs(pem, stdout);
  }
  holdfast_text_free(pem);
  holdfast_key_free(key);
  return result;
}

static int store(holdfast_device* device, const char* name, const char* path) {
  static unsigned char certificate[64 * 1024];
  size_t size;
  FILE* file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  size = fread(certificate, 1, sizeof certificate, file);
  fclose(file);
  if (holdfast_key_store_certificate(device, name, certificate, size) != HOLDFAST_OK) return complain(path, device);
  return 0;
}

int main(int argc, char** argv) {
  holdfast_device* device = NULL;
  int result;
  if (argc < 3 || (strcmp(argv[1], "--store") == 0 && argc != 4)) {
    fprintf(stderr, "usage: %s KEY SUBJECT [NAME...] | --store KEY FILE\n", argv[0]);
    return 2;
  }
  if (holdfast_device_new(&device) != HOLDFAST_OK || holdfast_device_open(device) != HOLDFAST_OK) {
    result = complain("open", device);
  } else if (strcmp(argv[1], "--store") == 0) {
    result = store(device, argv[2], argv[3]);
  } else {
    result = request(device, argv[1], argv[2], (const char* const*)(argv + 3), (size_t)(argc - 3));
  }
  holdfast_device_free(device);
  return result;
}
