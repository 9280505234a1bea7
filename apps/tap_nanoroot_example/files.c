#define _POSIX_C_SOURCE 200809L

#include "apps/tap_nanoroot_example/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP (1u << 20)
#define MOST_LINKS 40

static int failed(const char* what, const char* name) {
  fprintf(stderr, "tap_nanoroot_example: cannot %s '%s': %s\n", what, name, strerror(errno));
  return -1;
}

static void wipe(ubyte* memory, size_t size) {
  volatile ubyte* at = memory;
  while (size-- > 0) *at++ = 0;
}

void freeFile(TAP_Buffer* content) {
  wipe(content->pBuffer, content->bufferLen);
  free(content->pBuffer);
  memset(content, 0, sizeof(*content));
}

/* Makes room behind what was read. Not realloc, which leaves a copy that nobody wipes. */
static int grow(TAP_Buffer* content, size_t* room) {
  const size_t larger = *room + (*room < STEP ? STEP : *room);
  ubyte* memory;
  if (larger > UINT32_MAX) {
    errno = EFBIG;
    return -1;
  }
  memory = malloc(larger);
  if (memory == NULL) return -1;
  if (content->bufferLen > 0) memcpy(memory, content->pBuffer, content->bufferLen);
  wipe(content->pBuffer, content->bufferLen);
  free(content->pBuffer);
  content->pBuffer = memory;
  *room = larger;
  return 0;
}

static int readAll(int descriptor, TAP_Buffer* content) {
  size_t room = 0;
  for (;;) {
    ssize_t got;
    if (content->bufferLen == room && grow(content, &room) != 0) return -1;
    got = read(descriptor, content->pBuffer + content->bufferLen, room - content->bufferLen);
    if (got == 0) return 0;
    if (got < 0 && errno != EINTR) return -1;
    if (got > 0) content->bufferLen += (ubyte4)got;
  }
}

int readFile(const char* name, TAP_Buffer* content) {
  const int descriptor = open(name, O_RDONLY | O_CLOEXEC);
  int status = 0;
  memset(content, 0, sizeof(*content));
  if (descriptor < 0) return failed("open", name);
  if (readAll(descriptor, content) != 0) {
    status = failed("read", name);
    freeFile(content);
  }
  close(descriptor);
  return status;
}

/* rename(2) finds out too late: another file may be in place by then. */
static int checkDestination(const char* name) {
  struct stat info;
  if (stat(name, &info) != 0) return errno == ENOENT ? 0 : failed("write", name);
  if (S_ISREG(info.st_mode)) return 0;
  errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
  return failed("write", name);
}

/* Where the file itself is to be: a link stays, and what it points to is replaced or made. The caller frees it. */
static char* followLinks(const char* name) {
  char target[PATH_MAX];
  char* path = strdup(name);
  int links;
  for (links = 0; path != NULL; ++links) {
    const ssize_t length = readlink(path, target, sizeof(target));
    const char* slash = strrchr(path, '/');
    const size_t folder = length > 0 && target[0] != '/' && slash != NULL ? (size_t)(slash - path) + 1 : 0;
    char* next;
    if (length < 0) return path; /* no link, or one that open(2) will complain about */
    next = links < MOST_LINKS ? malloc(folder + (size_t)length + 1) : NULL;
    if (next != NULL) {
      memcpy(next, path, folder);
      memcpy(next + folder, target, (size_t)length);
      next[folder + (size_t)length] = '\0';
    } else {
      errno = links < MOST_LINKS ? ENOMEM : ELOOP;
    }
    free(path);
    path = next;
  }
  return NULL;
}

static char* withSuffix(const char* name) {
  static const char suffix[] = ".XXXXXX";
  const size_t length = strlen(name);
  char* text = malloc(length + sizeof(suffix));
  if (text == NULL) return NULL;
  memcpy(text, name, length);
  memcpy(text + length, suffix, sizeof(suffix));
  return text;
}

static void forget(NewFile* file) {
  free(file->destination);
  free(file->temporary);
  file->destination = NULL;
  file->temporary = NULL;
}

int beginFile(NewFile* file, const char* name, Readers readers) {
  memset(file, 0, sizeof(*file));
  file->name = name;
  if (checkDestination(name) != 0) return -1;
  file->destination = followLinks(name);
  file->temporary = file->destination == NULL ? NULL : withSuffix(file->destination);
  file->descriptor = file->temporary == NULL ? -1 : mkstemp(file->temporary); /* 0600 */
  if (file->descriptor < 0) {
    failed("write", name);
    forget(file);
    return -1;
  }
  if (readers == READERS_ALL) {
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(file->descriptor, 0666 & ~mask) != 0) {
      failed("write", name);
      dropFile(file);
      return -1;
    }
  }
  return 0;
}

int writeFile(NewFile* file, const ubyte* bytes, ubyte4 size) {
  while (size > 0) {
    const ssize_t done = write(file->descriptor, bytes, size);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return failed("write", file->name);
    bytes += done;
    size -= (ubyte4)done;
  }
  if (fsync(file->descriptor) != 0) return failed("write", file->name);
  return 0;
}

int finishFile(NewFile* file) {
  if (rename(file->temporary, file->destination) != 0) {
    failed("write", file->name);
    dropFile(file);
    return -1;
  }
  close(file->descriptor);
  forget(file);
  return 0;
}

void dropFile(NewFile* file) {
  if (file->temporary == NULL) return;
  unlink(file->temporary);
  close(file->descriptor);
  forget(file);
}
