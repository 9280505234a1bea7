#include "apps/tap_nanoroot_example/module.h"

#include <nanotap/tap_utils.h>
#include <stdio.h>
#include <string.h>

int reportStatus(TAP_Context* context, const char* what, const char* which, MSTATUS status) {
  char text[4096];
  if (HOLDFAST_TAP_getErrorText(context, text, sizeof(text)) == 0) strcpy(text, "no more is known");
  fprintf(stderr, "tap_nanoroot_example: cannot %s '%s' (status %d): %s\n", what, which, (int)status, text);
  return -1;
}

int beginModule(ModuleInUse* module, const char* config) {
  TAP_ConfigInfoList list;
  MSTATUS status;
  memset(module, 0, sizeof(*module));
  module->config.provider = TAP_PROVIDER_NANOROOT;
  status = TAP_readConfigFile(config, &module->config.configInfo, FALSE);
  if (OK != status) return reportStatus(NULL, "use configuration", config, status);
  list.count = 1;
  list.pConfig = &module->config;
  status = TAP_init(&list, NULL);
  if (OK != status) return reportStatus(NULL, "use configuration", config, status);
  module->initialized = 1;
  status = TAP_getModuleList(NULL, TAP_PROVIDER_NANOROOT, NULL, &module->modules, NULL);
  if (OK != status) return reportStatus(NULL, "list the modules of", config, status);
  status = TAP_initContext(&module->modules.pModuleList[0], NULL, NULL, &module->context, NULL);
  if (OK != status) return reportStatus(NULL, "use the module of", config, status);
  return 0;
}

void endModule(ModuleInUse* module) {
  TAP_uninitContext(&module->context, NULL);
  TAP_freeModuleList(&module->modules);
  if (module->initialized) TAP_uninit(NULL);
  TAP_UTILS_freeBuffer(&module->config.configInfo);
}
