#include "backends.h"

void testWindow(const TestedDevice&) {}
