#define _POSIX_C_SOURCE 200809L

#include "apps/tap_nanoroot_example/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP (1u << 20)

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

/* What a name stands for: links are followed, also where they lead to nothing yet. The caller frees it. */
static char* resolve(const char* name) {
  enum { MAX_LINKS = 16 };
  char* path = strdup(name);
  int links;
  for (links = 0; path != NULL && links < MAX_LINKS; ++links) {
    char target[4096];
    const ssize_t length = readlink(path, target, sizeof(target));
    const char* const slash = strrchr(path, '/');
    const size_t folder = length > 0 && target[0] != '/' && slash != NULL ? (size_t)(slash - path) + 1 : 0;
    char* next;
    if (length < 0) return path; /* no link, or nothing there */
    next = malloc(folder + (size_t)length + 1);
    if (next != NULL) {
      memcpy(next, path, folder);
      memcpy(next + folder, target, (size_t)length);
      next[folder + (size_t)length] = '\0';
    }
    free(path);
    path = next;
  }
  free(path);
  errno = path == NULL ? ENOMEM : ELOOP;
  return NULL;
}

/* The folder of a resolved path; 0, or -1 where there is none. */
static int statFolder(char* path, struct stat* info) {
  char* const slash = strrchr(path, '/');
  char kept;
  int status;
  if (slash == NULL) return stat(".", info);
  kept = slash[1];
  slash[1] = '\0';
  status = stat(path, info);
  slash[1] = kept;
  return status;
}

static const char* lastName(const char* path) {
  const char* const slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

int isSameFile(const char* one, const char* other) {
  char* const paths[] = {resolve(one), resolve(other)};
  struct stat folders[2];
  const int same = paths[0] != NULL && paths[1] != NULL && strcmp(lastName(paths[0]), lastName(paths[1])) == 0 &&
                   statFolder(paths[0], &folders[0]) == 0 && statFolder(paths[1], &folders[1]) == 0 &&
                   folders[0].st_dev == folders[1].st_dev && folders[0].st_ino == folders[1].st_ino;
  free(paths[0]);
  free(paths[1]);
  return same;
}

static int openTemporary(NewFile* file, Readers readers) {
  static const char suffix[] = ".XXXXXX";
  const size_t length = strlen(file->destination);
  file->temporary = malloc(length + sizeof(suffix));
  if (file->temporary == NULL) return -1;
  memcpy(file->temporary, file->destination, length);
  memcpy(file->temporary + length, suffix, sizeof(suffix));
  file->descriptor = mkstemp(file->temporary); /* 0600 */
  if (file->descriptor < 0) {
    free(file->temporary);
    file->temporary = NULL;
    return -1;
  }
  if (readers == READERS_ALL) {
    const mode_t mask = umask(0);
    umask(mask);
    return fchmod(file->descriptor, 0666 & ~mask);
  }
  return 0;
}

int beginFile(NewFile* file, const char* name, Readers readers) {
  memset(file, 0, sizeof(*file));
  file->name = name;
  if (checkDestination(name) != 0) return -1;
  file->destination = resolve(name);
  if (file->destination != NULL && openTemporary(file, readers) == 0) return 0;
  failed("write", name);
  dropFile(file);
  return -1;
}

int checkFile(const char* name) {
  NewFile file;
  if (beginFile(&file, name, READERS_OWNER) != 0) return -1;
  dropFile(&file);
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
  const int status = rename(file->temporary, file->destination) == 0 ? 0 : failed("write", file->name);
  if (status == 0) {
    free(file->temporary);
    file->temporary = NULL;
    close(file->descriptor);
  }
  dropFile(file);
  return status;
}

void dropFile(NewFile* file) {
  if (file->temporary != NULL) {
    unlink(file->temporary);
    close(file->descriptor);
  }
  free(file->temporary);
  free(file->destination);
  file->temporary = NULL;
  file->destination = NULL;
}
