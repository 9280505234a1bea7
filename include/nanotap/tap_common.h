/* For applications that include the NanoTAP interface by this name. */
#ifndef HOLDFAST_NANOTAP_TAP_COMMON_H
#define HOLDFAST_NANOTAP_TAP_COMMON_H

#include <holdfast/tap.h>

/* Words in which such applications usually spell success and truth. */
#ifndef OK
#define OK 0
#endif
#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

#endif
