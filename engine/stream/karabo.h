#pragma once

#include "engine/stream/stream_message.h"

#include <span>
#include <vector>

namespace fxs {

/// Versions of the Karabo bridge's protocol: 1.0 is one msgpack document with NumPy arrays inside; 2.2 is pairs of a
/// msgpack header and its payload.
enum class KaraboProtocol { v1_0, v2_2 };

/// A message of the Karabo bridge, of either version: one part is 1.0, several are 2.x.
/// Source:  European XFEL's description of the bridge's protocol, and what its Python package sends.
/// Copies:  no array: they point into the parts, which they keep alive.
/// Throws:  Error(badInput) that says which part is not what was expected. Nothing in a message can make it do more
///          work than a message of that length deserves.
StreamMessage decodeKarabo(std::span<const MessagePart> parts);

/// The parts of a message. Arrays are not copied in 2.2.
std::vector<MessagePart> encodeKarabo(const StreamMessage& message, KaraboProtocol protocol);

} // namespace fxs
