#pragma once

#include "engine/stream/frame_pack.h"

namespace fxs {

/// Frames from messages that are whole HDF5 files, of any layout that files have.
class FileUnpacker : public FrameUnpacker {
public:
    /// Throws: Error(badInput) for a file that is damaged or of no known layout.
    FileUnpacker(const ReceivedMessage& first, const InputSettings& input);

    /// Does the message's last part begin as an HDF5 file does? (Some senders put a topic in front.)
    static bool holdsFile(const ReceivedMessage& message);

    RunInfo describe() const override;
    FramePack unpack(const ReceivedMessage& message) override;

private:
    std::unique_ptr<RunSource> open(const ReceivedMessage& message) const;

    InputSettings m_input;
    std::unique_ptr<RunSource> m_first;
};

} // namespace fxs
