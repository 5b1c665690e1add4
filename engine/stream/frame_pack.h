#pragma once

#include "engine/core/task.h"
#include "engine/io/input_settings.h"
#include "engine/model/run_source.h"
#include "engine/stream/message_socket.h"
#include "engine/stream/stream_settings.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fxs {

/// The frames of one message, not yet brought to floats.
struct FramePack {
    std::size_t frames = 0;
    std::optional<std::uint64_t> firstIndex; ///< of the first frame in the sender's run, where the sender numbers them
    std::optional<std::uint64_t> trainId;
    double timestamp = 0; ///< s since 1970, when the data were taken; 0: not said
    /// Brings frames [first, first + count) to count times the run's pixels floats.
    std::function<void(std::size_t first, std::size_t count, float* out, const TaskContext& task)> copy;
    std::vector<FrameColumn> columns; ///< a value a frame
};

/// Makes frames of messages of one kind. Threads: one.
class FrameUnpacker {
public:
    virtual ~FrameUnpacker() = default;
    /// What the first message says of the run.
    virtual RunInfo describe() const = 0;
    /// Throws: Error(badInput) for a message that is garbage, of another shape, or without images.
    virtual FramePack unpack(const ReceivedMessage& message) = 0;
};

/// By the first message's content: a whole HDF5 file, or a message of the Karabo bridge.
/// Throws: Error(badInput) that says what the message is instead.
std::unique_ptr<FrameUnpacker> makeUnpacker(const ReceivedMessage& first, const StreamSettings& stream,
                                            const InputSettings& input);

/// What our own replay adds to its messages, so that a run means the same when it is streamed: values and arrays of the
/// source that sends the images.
namespace replayed {
inline constexpr const char* kSource = "fxs/run";
inline constexpr const char* kImages = "image.data";           ///< [frame][q][phi] or [frame][panel][ss][fs]
inline constexpr const char* kIndex = "image.index";           ///< [frame], uint64
inline constexpr const char* kQ = "polar.q";                   ///< [q], 1/Å: the images are rings
inline constexpr const char* kMask = "polar.mask";             ///< [q][phi], 1 = valid
inline constexpr const char* kNoiseRatio = "polar.noiseRatio"; ///< [q][m], RunInfo::noiseRatio
inline constexpr const char* kWavelength = "run.wavelength";   ///< Å
inline constexpr const char* kPhotonsPerUnit = "run.photonsPerUnit";
inline constexpr const char* kParticles = "run.particlesPerShot";
inline constexpr const char* kPolarityAlong = "run.polarityAlong"; ///< 1: Polarity::along
inline constexpr const char* kDistance = "run.distance";           ///< m
inline constexpr const char* kPixelSize = "run.pixelSize";         ///< m
inline constexpr const char* kCentre = "run.centre";               ///< [2], pixels: fast, slow
} // namespace replayed

} // namespace fxs
