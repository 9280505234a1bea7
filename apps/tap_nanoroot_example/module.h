/* The module that a configuration describes, in use. */
#ifndef TAP_NANOROOT_EXAMPLE_MODULE_H
#define TAP_NANOROOT_EXAMPLE_MODULE_H

#include <nanotap/tap_api.h>

typedef struct ModuleInUse {
  TAP_ConfigInfo config;
  TAP_ModuleList modules;
  TAP_Context* context;
  int initialized;
} ModuleInUse;

/* 0, or -1 after a message. In either case endModule is called afterwards. */
int beginModule(ModuleInUse* module, const char* config);
void endModule(ModuleInUse* module);

/* Tells on standard error what failed, with which file, and why; returns -1. The context may be NULL. */
int reportStatus(TAP_Context* context, const char* what, const char* which, MSTATUS status);

#endif
