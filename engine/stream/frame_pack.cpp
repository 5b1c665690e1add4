#include "engine/stream/frame_pack.h"

#include "engine/stream/file_unpacker.h"
#include "engine/stream/karabo_unpacker.h"

namespace fxs {

std::unique_ptr<FrameUnpacker> makeUnpacker(const ReceivedMessage& first, const StreamSettings& stream,
                                            const InputSettings& input) {
    if (FileUnpacker::holdsFile(first))
        return std::make_unique<FileUnpacker>(first, input);
    return std::make_unique<KaraboUnpacker>(first, stream);
}

} // namespace fxs
