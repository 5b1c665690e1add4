#include "engine/core/error.h"
#include "engine/stream/message_socket.h"

#include <QTest>

#include <cstring>

using namespace fxs;
using namespace std::chrono_literals;

namespace {

std::vector<MessagePart> numbered(std::uint64_t number, std::size_t bytes = 64) {
    const auto owner = std::make_shared<std::vector<std::byte>>(bytes);
    std::memcpy(owner->data(), &number, sizeof number);
    return {{owner, std::span<const std::byte>(*owner)}, {owner, std::span<const std::byte>(*owner).first(3)}};
}

std::uint64_t numberOf(const ReceivedMessage& message) {
    std::uint64_t number = 0;
    std::memcpy(&number, message.parts.at(0).bytes.data(), sizeof number);
    return number;
}

/// Serves messages first, first + 1, ... until it goes out of scope.
class Serving {
public:
    Serving(const std::string& address, SocketKind kind, std::uint64_t first = 0, std::uint64_t last = ~0ull)
        : m_sender(std::make_shared<MessageSender>(address, kind)), m_address(m_sender->address()),
          m_thread("sender", [sender = m_sender, first, last](std::stop_token stop) {
              for (std::uint64_t n = first; n < last && sender->send(numbered(n), stop); ++n) {
              }
          }) {}
    std::string address() const { return m_address; }

private:
    std::shared_ptr<MessageSender> m_sender;
    std::string m_address;
    NamedThread m_thread;
};

ReceiverOptions optionsFor(const std::string& address, SocketKind kind, WhenFull whenFull, std::size_t queue = 4) {
    return {address, kind, whenFull, queue};
}

} // namespace

class TestMessageSocket : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyMessageArrivesInOrder_data() {
        QTest::addColumn<int>("kind");
        QTest::newRow("request") << int(SocketKind::request);
        QTest::newRow("pull") << int(SocketKind::pull);
    }
    void everyMessageArrivesInOrder() {
        QFETCH(int, kind);
        const Serving serving("tcp://127.0.0.1:*", SocketKind(kind), 0, 200);
        MessageReceiver receiver(optionsFor(serving.address(), SocketKind(kind), WhenFull::wait));
        for (std::uint64_t n = 0; n < 200; ++n) {
            const auto message = receiver.take(5s);
            QVERIFY2(message.has_value(), std::to_string(n).c_str());
            QCOMPARE(message->number, n);
            QCOMPARE(numberOf(*message), n);
            QCOMPARE(message->parts.size(), std::size_t{2});
            QCOMPARE(message->parts[1].bytes.size(), std::size_t{3});
        }
        const ReceiverState state = receiver.state();
        QCOMPARE(state.received, std::uint64_t{200});
        QCOMPARE(state.dropped, std::uint64_t{0});
        QVERIFY(state.connected);
    }

    void subscribersGetWhatIsNew() {
        const Serving serving("tcp://127.0.0.1:*", SocketKind::subscribe);
        MessageReceiver receiver(optionsFor(serving.address(), SocketKind::subscribe, WhenFull::dropOldest));
        std::uint64_t last = 0;
        for (int n = 0; n < 50; ++n) {
            const auto message = receiver.take(5s);
            QVERIFY(message.has_value());
            QVERIFY(n == 0 || numberOf(*message) > last);
            last = numberOf(*message);
        }
    }

    /// Nobody takes: the queue keeps the newest, and every other one is counted.
    void aFullQueueDropsTheOldest() {
        const Serving serving("tcp://127.0.0.1:*", SocketKind::pull, 0, 100);
        MessageReceiver receiver(optionsFor(serving.address(), SocketKind::pull, WhenFull::dropOldest, 4));
        QTRY_COMPARE(receiver.state().received, std::uint64_t{100});
        QCOMPARE(receiver.state().dropped, std::uint64_t{96});
        QCOMPARE(receiver.state().waiting, std::size_t{4});
        for (std::uint64_t n = 96; n < 100; ++n)
            QCOMPARE(numberOf(receiver.take(1s).value()), n);
        QVERIFY(!receiver.take(10ms).has_value());
    }

    void aFullQueueHoldsTheSender() {
        const Serving serving("tcp://127.0.0.1:*", SocketKind::request, 0, 100);
        MessageReceiver receiver(optionsFor(serving.address(), SocketKind::request, WhenFull::wait, 4));
        QTRY_COMPARE(receiver.state().waiting, std::size_t{4});
        QTest::qWait(200);
        QCOMPARE(receiver.state().received, std::uint64_t{4});
        for (std::uint64_t n = 0; n < 100; ++n)
            QCOMPARE(numberOf(receiver.take(5s).value()), n);
    }

    void aSenderMayComeLateGoAndComeBack_data() { everyMessageArrivesInOrder_data(); }
    void aSenderMayComeLateGoAndComeBack() {
        QFETCH(int, kind);
        const auto whenFull = SocketKind(kind) == SocketKind::request ? WhenFull::wait : WhenFull::dropOldest;
        std::string address;
        {
            const MessageSender probe("tcp://127.0.0.1:*", SocketKind(kind)); // a port that is free
            address = probe.address();
        }
        MessageReceiver receiver(optionsFor(address, SocketKind(kind), whenFull));
        QVERIFY(!receiver.take(100ms).has_value());
        QVERIFY(!receiver.state().connected);
        {
            const Serving first(address, SocketKind(kind));
            QVERIFY(receiver.take(5s).has_value());
        }
        QTRY_VERIFY(!receiver.state().connected);
        while (receiver.take(50ms)) {
        }
        const Serving second(address, SocketKind(kind), 1'000'000);
        const auto message = receiver.take(10s);
        QVERIFY(message.has_value());
        QVERIFY(numberOf(*message) >= 1'000'000);
        QCOMPARE(receiver.state().connects, std::uint64_t{2});
    }

    void takingStopsWhenAsked() {
        MessageReceiver receiver(optionsFor("tcp://127.0.0.1:9", SocketKind::request, WhenFull::wait));
        std::stop_source stop;
        const NamedThread stopper("stopper", [&](std::stop_token) {
            std::this_thread::sleep_for(50ms);
            stop.request_stop();
        });
        QVERIFY(!receiver.take(60s, stop.get_token()).has_value()); // the test's own time limit catches a hang
    }

    void wrongAddressesAreNamed_data() {
        QTest::addColumn<QString>("address");
        QTest::newRow("empty") << QString();
        QTest::newRow("no protocol") << QStringLiteral("localhost:4545");
        QTest::newRow("no port") << QStringLiteral("tcp://localhost");
        QTest::newRow("foreign protocol") << QStringLiteral("http://localhost:80");
    }
    void wrongAddressesAreNamed() {
        QFETCH(QString, address);
        for (const bool sends : {false, true}) {
            try {
                if (sends)
                    MessageSender(address.toStdString(), SocketKind::pull);
                else
                    MessageReceiver(optionsFor(address.toStdString(), SocketKind::pull, WhenFull::wait));
                QFAIL("no error");
            } catch (const Error& error) {
                QVERIFY2(error.message().find("tcp://host:port") != std::string::npos, error.what());
            }
        }
    }

    void aTakenAddressIsAnError() {
        const MessageSender first("tcp://127.0.0.1:*", SocketKind::pull);
        QVERIFY_THROWS_EXCEPTION(Error, MessageSender(first.address(), SocketKind::pull));
    }
};

QTEST_GUILESS_MAIN(TestMessageSocket)
#include "tst_message_socket.moc"
