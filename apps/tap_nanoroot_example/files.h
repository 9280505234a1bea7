/* Whole files: read into memory, and written so that they appear complete or not at all. */
#ifndef TAP_NANOROOT_EXAMPLE_FILES_H
#define TAP_NANOROOT_EXAMPLE_FILES_H

#include <nanotap/tap_common.h>

/* Reads a whole file. The caller frees it with freeFile, which wipes it. 0, or -1 after a message. */
int readFile(const char* name, TAP_Buffer* content);
void freeFile(TAP_Buffer* content);

typedef enum Readers { READERS_OWNER, READERS_ALL } Readers;

/* A file on its way, under another name in the same folder. */
typedef struct NewFile {
  const char* name;
  char* destination; /* behind links */
  char* temporary;   /* NULL where there is nothing on its way */
  int descriptor;
} NewFile;

/* Whether a file could be put there: what is found out before long work. 0, or -1 after a message. */
int checkFile(const char* name);
/* Whether both names lead to one place, be there a file or not: 1 or 0. */
int isSameFile(const char* one, const char* other);
/* Begins a file. 0, or -1 after a message: also for a name under which no file can be put. */
int beginFile(NewFile* file, const char* name, Readers readers);
int writeFile(NewFile* file, const ubyte* bytes, ubyte4 size);
/* Gives it its name. After 0 or -1 there is nothing left on its way. */
int finishFile(NewFile* file);
/* Removes what is on its way; nothing where there is nothing. */
void dropFile(NewFile* file);

#endif
