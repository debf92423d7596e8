#pragma once

// The only place that includes <napi.h>: what it is compiled with cannot differ between files.

#ifndef NAPI_VERSION
#define NAPI_VERSION 8
#endif
// A worker thread that is being terminated refuses to throw; without this, that refusal ends the process.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#include <napi.h>

#include "wordmill.h"

#ifndef NODE_ADDON_API_CPP_EXCEPTIONS_ALL
#error "The addon needs NODE_ADDON_API_CPP_EXCEPTIONS_ALL: every C++ exception becomes a JavaScript error"
#endif
