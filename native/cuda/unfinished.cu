// Stands in for what is not written yet.
#include "classifier.h"
#include "next_token.h"
namespace wordmill::cuda {
[[noreturn]] void missing() { throw DeviceError(WM_ERR_UNSUPPORTED, "not on this device yet"); }
wm_backend_training* beginClassifier(const wm_backend_device&, const wm_backend_classifier&) { missing(); }
void submitClassifier(wm_backend_training&, const wm_backend_examples&) { missing(); }
wm_backend_training* beginNextToken(const wm_backend_device&, const wm_backend_next_token&) { missing(); }
void submitNextToken(wm_backend_training&, const wm_backend_batch*, uint64_t) { missing(); }
}  // namespace wordmill::cuda
