#pragma once

#include "app/workbench/task_runner.h"
#include "engine/backend/frame_browser.h"

#include <QObject>
#include <QStringList>
#include <memory>

namespace fxs::app {

/// Brings a run's description and its frames to the GUI thread. Each run has a reader of its own: what an earlier one still tells is
/// dropped, and a slow read of it delays nothing (its reader is taken apart on another thread).
/// Threads: GUI thread; nothing here waits, but the destructor, for a read that is under way.
class RunBrowser : public QObject {
    Q_OBJECT

public:
    explicit RunBrowser(QObject* parent = nullptr);
    ~RunBrowser() override;

    void open(const QStringList& files, const SettingValues& input);
    void show(std::uint64_t index);
    void close();
    /// Nothing is being opened or read.
    bool isIdle() const { return !m_opening && !m_awaitingFrame; }

Q_SIGNALS:
    void opened(std::shared_ptr<const fxs::RunInfo> run);
    void frameReady(std::shared_ptr<const fxs::BrowsedFrame> frame);
    /// whileOpening: the run could not be opened; else one of its frames could not be read.
    void failed(const QString& message, bool whileOpening);

private:
    void dispose();

    std::shared_ptr<FrameBrowser> m_browser;
    TaskRunner m_old;
    std::uint64_t m_generation = 0;
    bool m_opening = false, m_awaitingFrame = false;
};

} // namespace fxs::app
