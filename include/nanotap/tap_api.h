/* For applications that include the NanoTAP interface by this name. */
#ifndef HOLDFAST_NANOTAP_TAP_API_H
#define HOLDFAST_NANOTAP_TAP_API_H

#include <nanotap/tap_common.h>

#endif
