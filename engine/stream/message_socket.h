#pragma once

#include "engine/core/thread.h"
#include "engine/stream/stream_message.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace fxs {

/// How messages are asked for: the receiver's side and the sender's that fits it.
enum class SocketKind {
    request,   ///< REQ to REP: each message is asked for ("next"), so the receiver sets the pace
    subscribe, ///< SUB to PUB: everybody gets everything, who is slow loses some
    pull,      ///< PULL to PUSH: each message goes to one receiver
};

/// What becomes of a message that comes while the queue is full.
enum class WhenFull {
    dropOldest, ///< the oldest waiting message is thrown away and counted: what is seen is new
    wait,       ///< nothing more is taken from the socket: the sender waits, or drops by its own rule
};

struct ReceiverOptions {
    std::string address; ///< "tcp://host:port", "ipc://path"
    SocketKind kind = SocketKind::request;
    WhenFull whenFull = WhenFull::dropOldest;
    std::size_t queueLength = 8; ///< messages that may wait
};

/// A message as it came.
struct ReceivedMessage {
    std::vector<MessagePart> parts;
    std::uint64_t number = 0; ///< counts from 0, dropped ones included
    std::chrono::steady_clock::time_point arrived;

    std::size_t bytes() const;
};

struct ReceiverState {
    std::uint64_t received = 0; ///< messages, dropped ones included
    std::uint64_t dropped = 0;  ///< thrown away because the queue was full
    std::uint64_t bytes = 0;
    std::uint64_t connects = 0; ///< how often a sender was found; above 1: it went away and came back
    std::size_t waiting = 0;    ///< in the queue now
    bool connected = false;
    double silentSeconds = 0; ///< since the last message, or since the start
    std::string problem;      ///< what keeps it from working, if anything
};

/// Receives messages on a thread of its own into a bounded queue. A sender that is not there yet, goes away or comes back is no
/// error: it waits, finds it again, and says so in state().
/// Owns:    its thread, socket and queue. Memory: queueLength messages, and two more inside the socket.
/// Threads: all members from any thread; destroying it takes at most about 100 ms.
/// Throws:  the constructor: Error(badSettings) for an address that is none.
class MessageReceiver {
public:
    explicit MessageReceiver(const ReceiverOptions& options);
    ~MessageReceiver();
    MessageReceiver(const MessageReceiver&) = delete;
    MessageReceiver& operator=(const MessageReceiver&) = delete;

    /// The oldest waiting message, or nullopt after `wait` without one, or when stop is requested.
    std::optional<ReceivedMessage> take(std::chrono::milliseconds wait, std::stop_token stop = {});
    ReceiverState state() const;

private:
    struct Queue;
    struct Receiving;
    std::shared_ptr<Queue> m_queue;
    NamedThread m_thread;
};

/// The sending side, for replay and tests: binds and serves one message after another. Destroying it waits up to 3 s for
/// receivers to take what was sent.
/// Threads: one.
/// Throws:  Error(badSettings) for an address that is none, Error(io) for one that is taken.
class MessageSender {
public:
    MessageSender(const std::string& address, SocketKind receivers);
    ~MessageSender();
    MessageSender(const MessageSender&) = delete;
    MessageSender& operator=(const MessageSender&) = delete;

    /// Sends when a receiver is ready for it (request: asks; pull: has room; subscribe: at once). False: stop was requested
    /// before. The parts' bytes are kept alive until the socket has sent them.
    bool send(const std::vector<MessagePart>& parts, std::stop_token stop = {});
    /// Where it listens, with the port that the system chose for "tcp://127.0.0.1:*".
    std::string address() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace fxs
