// A shared library needs a source of its own; what it consists of is the folder's static library.
#include <holdfast/tap.h>
