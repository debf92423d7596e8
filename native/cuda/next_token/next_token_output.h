#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <memory>

#include "next_token/next_token_batch.h"
#include "next_token/next_token_hidden.h"

namespace wordmill::cuda {

/// -log p of examples, on the device.
struct Losses {
  const double* values;
  uint64_t count;
};

/// From hidden vectors to -log p of the targets, and back.
class OutputLayer {
 public:
  OutputLayer(NextTokenParameters& parameters, HiddenLayer& hidden) : parameters_(parameters), hidden_(hidden) {}
  virtual ~OutputLayer() = default;

  /// The losses of the batch; hidden vectors get their gradients of the mean over it.
  virtual Losses score(const TokenBatch& batch, cudaStream_t stream) = 0;
  /// Steps the output and its biases, and where it is tied also the rows of contexts.
  virtual void update(const TokenBatch& batch, cudaStream_t stream) = 0;

 protected:
  NextTokenParameters& parameters_;
  HiddenLayer& hidden_;
};

std::unique_ptr<OutputLayer> makeFullSoftmax(NextTokenParameters& parameters, HiddenLayer& hidden,
                                             const wm_backend_next_token& setup);
std::unique_ptr<OutputLayer> makeSampledSoftmax(NextTokenParameters& parameters, HiddenLayer& hidden,
                                                const wm_backend_next_token& setup);
std::unique_ptr<OutputLayer> makeTreeSoftmax(NextTokenParameters& parameters, HiddenLayer& hidden,
                                             const wm_backend_next_token& setup);

}  // namespace wordmill::cuda
