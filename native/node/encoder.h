#pragma once

#include "napi_headers.h"

namespace wordmill::node {

Napi::Value encodeRows(const Napi::CallbackInfo& info);

}  // namespace wordmill::node
