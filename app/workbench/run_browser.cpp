#include "app/workbench/run_browser.h"

#include <QFile>
#include <utility>

namespace fxs::app {

RunBrowser::RunBrowser(QObject* parent) : QObject(parent), m_old("old runs") {}

RunBrowser::~RunBrowser() {
    m_browser.reset(); // its thread must not speak to members that are gone
}

void RunBrowser::dispose() {
    if (auto old = std::exchange(m_browser, nullptr))
        m_old.run([old = std::move(old)]() mutable -> std::function<void()> {
            old.reset();
            return {};
        });
}

void RunBrowser::close() {
    ++m_generation;
    m_opening = m_awaitingFrame = false;
    dispose();
}

void RunBrowser::open(const QStringList& files, const SettingValues& input) {
    close();
    const std::uint64_t generation = m_generation;
    const auto onGui = [this, generation](auto what) {
        QMetaObject::invokeMethod(
            this,
            [this, generation, what = std::move(what)] {
                if (generation == m_generation)
                    what();
            },
            Qt::QueuedConnection);
    };
    FrameBrowserEvents events;
    events.opened = [this, onGui](std::shared_ptr<const RunInfo> run) {
        onGui([this, run] {
            m_opening = false;
            Q_EMIT opened(run);
        });
    };
    events.frame = [this, onGui](std::shared_ptr<const BrowsedFrame> frame) {
        onGui([this, frame] {
            m_awaitingFrame = false; // requests overtaken by this one are not answered
            Q_EMIT frameReady(frame);
        });
    };
    events.failed = [this, onGui](const Error& error) {
        onGui([this, message = QString::fromStdString(error.message())] {
            const bool whileOpening = std::exchange(m_opening, false);
            m_awaitingFrame = false;
            Q_EMIT failed(message, whileOpening);
        });
    };
    std::vector<std::string> paths;
    for (const QString& file : files)
        paths.push_back(QFile::encodeName(file).toStdString());
    m_opening = true;
    m_browser = std::make_shared<FrameBrowser>(std::move(events));
    m_browser->open(std::move(paths), input);
}

void RunBrowser::show(std::uint64_t index) {
    if (!m_browser)
        return;
    m_awaitingFrame = true;
    m_browser->show(index);
}

} // namespace fxs::app
