#pragma once

#include "engine/stream/detector_array.h"
#include "engine/stream/frame_pack.h"

namespace fxs {

/// Frames from messages of the Karabo bridge, and from our own replay in its protocol.
class KaraboUnpacker : public FrameUnpacker {
public:
    /// Throws: Error(badInput) for a message that is none, or holds no images.
    KaraboUnpacker(const ReceivedMessage& first, const StreamSettings& stream);

    RunInfo describe() const override;
    FramePack unpack(const ReceivedMessage& message) override;

private:
    void describeReplay(RunInfo& info) const;
    std::optional<double> number(const char* path) const;

    StreamMessage m_first;
    DetectorArray m_images;
    bool m_replayed = false;
};

} // namespace fxs
