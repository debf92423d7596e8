#pragma once

#include <string>

#include "napi_headers.h"

namespace wordmill::node {

/// The error of a failed call of wordmill.h, made by the factory that JavaScript gave (setErrorFactory).
Napi::Error makeError(Napi::Env env, const wm_error& error);

/// Throws makeError unless the code is WM_OK.
void check(Napi::Env env, wm_code code, const wm_error& error);

/// Throws an OPTION error that names the argument or option at fault.
[[noreturn]] void refuse(Napi::Env env, const std::string& option, const std::string& text);

/// Throws a DISPOSED error.
[[noreturn]] void refuseDisposed(Napi::Env env, const std::string& what);

/// Throws a MEMORY error.
[[noreturn]] void refuseMemory(Napi::Env env, const std::string& what);

/// Fills an error on a thread without JavaScript.
wm_code fail(wm_error* error, wm_code code, const char* text);

}  // namespace wordmill::node
