#include "engine/stream/message_socket.h"

#include "engine/core/error.h"

#include <fmt/format.h>

#include <zmq.hpp>
#include <zmq_addon.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>

namespace fxs {

namespace {

using Clock = std::chrono::steady_clock;

/// How long a waiting socket goes without looking whether it is to stop.
constexpr std::chrono::milliseconds kPoll{50};
/// Messages that the socket itself may hold beside our queue: what waits there can be neither counted nor dropped.
constexpr int kSocketQueue = 2;

Error addressError(const std::string& address, const zmq::error_t& error) {
    const bool taken = error.num() == EADDRINUSE || error.num() == EADDRNOTAVAIL || error.num() == EACCES;
    return Error(taken ? ErrorCode::io : ErrorCode::badSettings,
                 fmt::format("address \"{}\": {} (expected tcp://host:port)", address, error.what()));
}

zmq::socket_type receiverType(SocketKind kind) {
    switch (kind) {
    case SocketKind::request:
        return zmq::socket_type::req;
    case SocketKind::subscribe:
        return zmq::socket_type::sub;
    case SocketKind::pull:
        return zmq::socket_type::pull;
    }
    return zmq::socket_type::req;
}

zmq::socket_type senderType(SocketKind kind) {
    switch (kind) {
    case SocketKind::request:
        return zmq::socket_type::rep;
    case SocketKind::subscribe:
        return zmq::socket_type::pub;
    case SocketKind::pull:
        return zmq::socket_type::push;
    }
    return zmq::socket_type::rep;
}

/// Tells when a socket finds or loses its peer.
class PeerMonitor : public zmq::monitor_t {
public:
    /// number: another one for each monitor of a context; a name that was used is not free again at once.
    void begin(zmq::socket_t& socket, int number) {
        init(socket, fmt::format("inproc://peer-{}", number), ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED);
    }
    void on_event_connected(const zmq_event_t&, const char*) override {
        connected = true;
        ++connects;
    }
    void on_event_disconnected(const zmq_event_t&, const char*) override {
        connected = false;
        lost = true;
    }

    bool connected = false;
    bool lost = false; ///< since it was last looked at
    std::uint64_t connects = 0;
};

std::vector<MessagePart> partsOf(std::vector<zmq::message_t>&& messages) {
    std::vector<MessagePart> parts;
    parts.reserve(messages.size());
    for (zmq::message_t& message : messages) {
        const auto owner = std::make_shared<zmq::message_t>(std::move(message));
        parts.push_back({owner, std::as_bytes(std::span(owner->data<const char>(), owner->size()))});
    }
    return parts;
}

} // namespace

std::size_t ReceivedMessage::bytes() const {
    std::size_t sum = 0;
    for (const MessagePart& part : parts)
        sum += part.bytes.size();
    return sum;
}

/// What the receiving thread and those who take share.
struct MessageReceiver::Queue {
    mutable std::mutex mutex;
    std::condition_variable_any filled, emptied;
    std::deque<ReceivedMessage> messages;
    ReceiverState state;
    Clock::time_point last = Clock::now();

    void put(ReceivedMessage&& message, const ReceiverOptions& options) {
        ReceivedMessage oldest; // freed after the lock is released
        const std::lock_guard lock(mutex);
        last = message.arrived;
        ++state.received;
        state.bytes += message.bytes();
        if (messages.size() >= options.queueLength) {
            oldest = std::move(messages.front());
            messages.pop_front();
            ++state.dropped;
        }
        messages.push_back(std::move(message));
        filled.notify_one();
    }

    bool hasRoom(const ReceiverOptions& options) const {
        const std::lock_guard lock(mutex);
        return messages.size() < options.queueLength;
    }
};

/// The receiving thread's own: its socket, and what it knows of the peer.
struct MessageReceiver::Receiving {
    Receiving(const ReceiverOptions& o, std::shared_ptr<Queue> q) : options(o), queue(std::move(q)) { connect(); }

    void connect() {
        monitor.reset(); // before the socket that it watches
        socket = zmq::socket_t(context, receiverType(options.kind));
        socket.set(zmq::sockopt::linger, 0);
        socket.set(zmq::sockopt::rcvhwm, kSocketQueue);
        // Quick to find a sender that was restarted, slow to bother a network that has none.
        socket.set(zmq::sockopt::reconnect_ivl, 100);
        socket.set(zmq::sockopt::reconnect_ivl_max, 2000);
        // A sender whose machine vanished says no goodbye: noticed within about ten seconds.
        socket.set(zmq::sockopt::tcp_keepalive, 1);
        socket.set(zmq::sockopt::tcp_keepalive_idle, 5);
        socket.set(zmq::sockopt::tcp_keepalive_intvl, 2);
        socket.set(zmq::sockopt::tcp_keepalive_cnt, 3);
        if (options.kind == SocketKind::subscribe)
            socket.set(zmq::sockopt::subscribe, "");
        const std::uint64_t before = connects;
        monitor = std::make_unique<PeerMonitor>();
        monitor->connects = before;
        monitor->begin(socket, monitors++);
        socket.connect(options.address);
        asked = false;
    }

    void watchPeer() {
        while (monitor->check_event(0)) {
        }
        connects = monitor->connects;
        {
            const std::lock_guard lock(queue->mutex);
            queue->state.connected = monitor->connected;
            queue->state.connects = connects;
        }
        // A request that went to a sender which is gone is never answered, and the socket may not ask again: a new one can.
        if (std::exchange(monitor->lost, false) && options.kind == SocketKind::request && asked)
            connect();
    }

    void receiveOne() {
        if (options.kind == SocketKind::request && !asked) {
            if (!socket.send(zmq::str_buffer("next"), zmq::send_flags::dontwait)) {
                std::this_thread::sleep_for(kPoll); // nobody is there to ask
                return;
            }
            asked = true;
        }
        zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
        if (zmq::poll(&item, 1, kPoll) == 0)
            return;
        std::vector<zmq::message_t> messages;
        if (!zmq::recv_multipart(socket, std::back_inserter(messages), zmq::recv_flags::dontwait))
            return;
        asked = false;
        ReceivedMessage message;
        message.parts = partsOf(std::move(messages));
        message.number = number++;
        message.arrived = Clock::now();
        queue->put(std::move(message), options);
    }

    void run(std::stop_token stop) {
        while (!stop.stop_requested()) {
            try {
                watchPeer();
                if (options.whenFull == WhenFull::wait && !queue->hasRoom(options)) {
                    std::unique_lock lock(queue->mutex);
                    queue->emptied.wait_for(lock, stop, kPoll,
                                            [&] { return queue->messages.size() < options.queueLength; });
                    continue;
                }
                receiveOne();
            } catch (const zmq::error_t& error) {
                if (error.num() == EINTR)
                    continue;
                const std::lock_guard lock(queue->mutex);
                queue->state.problem = fmt::format("receiving from {}: {}", options.address, error.what());
                return;
            }
        }
    }

    ReceiverOptions options;
    std::shared_ptr<Queue> queue;
    zmq::context_t context{1};
    zmq::socket_t socket;
    std::unique_ptr<PeerMonitor> monitor;
    bool asked = false;
    int monitors = 0;
    std::uint64_t number = 0, connects = 0;
};

MessageReceiver::MessageReceiver(const ReceiverOptions& options) : m_queue(std::make_shared<Queue>()) {
    std::shared_ptr<Receiving> receiving;
    try {
        receiving = std::make_shared<Receiving>(options, m_queue);
    } catch (const zmq::error_t& error) {
        throw addressError(options.address, error);
    }
    m_thread = NamedThread("stream", [receiving](std::stop_token stop) { receiving->run(stop); });
}

MessageReceiver::~MessageReceiver() = default;

std::optional<ReceivedMessage> MessageReceiver::take(std::chrono::milliseconds wait, std::stop_token stop) {
    std::unique_lock lock(m_queue->mutex);
    if (!m_queue->filled.wait_for(lock, stop, wait, [&] { return !m_queue->messages.empty(); }))
        return std::nullopt;
    ReceivedMessage message = std::move(m_queue->messages.front());
    m_queue->messages.pop_front();
    m_queue->emptied.notify_one();
    return message;
}

ReceiverState MessageReceiver::state() const {
    const std::lock_guard lock(m_queue->mutex);
    ReceiverState state = m_queue->state;
    state.waiting = m_queue->messages.size();
    state.silentSeconds = std::chrono::duration<double>(Clock::now() - m_queue->last).count();
    return state;
}

struct MessageSender::Impl {
    Impl(const std::string& address, SocketKind receivers) : kind(receivers), socket(context, senderType(receivers)) {
        // The last message is on its way when a replay ends.
        socket.set(zmq::sockopt::linger, 3000);
        socket.set(zmq::sockopt::sndhwm, kSocketQueue);
        socket.bind(address);
    }

    /// Waits for the socket to be ready to send (request: for somebody to have asked). False: stop was requested.
    bool waitReady(std::stop_token stop) {
        const auto events = static_cast<short>(kind == SocketKind::request ? ZMQ_POLLIN : ZMQ_POLLOUT);
        while (!stop.stop_requested()) {
            zmq::pollitem_t item{socket.handle(), 0, events, 0};
            if (zmq::poll(&item, 1, kPoll) > 0)
                return true;
        }
        return false;
    }

    SocketKind kind;
    zmq::context_t context{1};
    zmq::socket_t socket;
};

MessageSender::MessageSender(const std::string& address, SocketKind receivers) {
    try {
        m_impl = std::make_unique<Impl>(address, receivers);
    } catch (const zmq::error_t& error) {
        throw addressError(address, error);
    }
}

MessageSender::~MessageSender() = default;

bool MessageSender::send(const std::vector<MessagePart>& parts, std::stop_token stop) {
    try {
        if (!m_impl->waitReady(stop))
            return false;
        if (m_impl->kind == SocketKind::request) {
            zmq::message_t asked;
            if (!m_impl->socket.recv(asked, zmq::recv_flags::dontwait))
                return false;
        }
        std::vector<zmq::message_t> messages;
        messages.reserve(parts.size());
        for (const MessagePart& part : parts) {
            auto* owner = new std::shared_ptr<const void>(part.owner);
            // ZeroMQ takes a pointer to bytes that it does not change.
            messages.emplace_back(
                const_cast<std::byte*>(part.bytes.data()), part.bytes.size(),
                [](void*, void* hint) { delete static_cast<std::shared_ptr<const void>*>(hint); }, owner);
        }
        return zmq::send_multipart(m_impl->socket, messages).has_value();
    } catch (const zmq::error_t& error) {
        throw Error(ErrorCode::io, fmt::format("sending from {}: {}", address(), error.what()));
    }
}

std::string MessageSender::address() const {
    return m_impl->socket.get(zmq::sockopt::last_endpoint);
}

} // namespace fxs
