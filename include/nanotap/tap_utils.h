/* For applications that include the NanoTAP interface by this name. */
#ifndef HOLDFAST_NANOTAP_TAP_UTILS_H
#define HOLDFAST_NANOTAP_TAP_UTILS_H

#include <nanotap/tap_common.h>

#endif
