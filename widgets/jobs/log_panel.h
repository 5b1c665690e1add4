#pragma once

#include <QString>
#include <QTimer>
#include <QWidget>
#include <vector>

class QAction;
class QComboBox;
class QLabel;
class QLineEdit;

namespace fxs::ui {

class LogFilter;
class LogModel;
class LogView;

/// The log with its tools: lowest level, one job's lines, search with marks (Ctrl+F, F3, Shift+F3), follow the tail, copy, save.
/// Threads: GUI thread. It writes no file: saveRequested() says what is to be written.
class LogPanel : public QWidget {
    Q_OBJECT

public:
    explicit LogPanel(LogModel* model, QWidget* parent = nullptr);

    LogView* view() const { return m_view; }
    LogFilter* filter() const { return m_filter; }
    QLineEdit* searchBox() const { return m_search; }
    QComboBox* levelBox() const { return m_level; }
    QComboBox* jobBox() const { return m_job; }
    QAction* followAction() const { return m_follow; }
    QAction* copyAction() const { return m_copy; }
    QAction* saveAction() const { return m_save; }
    /// "3 lines"; empty while nothing is sought.
    QString searchText() const;

    /// The jobs whose lines can be asked for alone, by id and name.
    void setJobs(const std::vector<std::pair<QString, QString>>& jobs);
    /// Only that job's lines; empty: all.
    void showJob(const QString& id);

Q_SIGNALS:
    void saveRequested(const QString& text);

protected:
    void changeEvent(QEvent* event) override;

private:
    QWidget* makeBar();
    void makeActions();
    void seek(int step);
    void refreshSearch();
    void refreshIcons();
    void showMenu(const QPoint& at);

    LogFilter* m_filter;
    LogView* m_view;
    QLineEdit* m_search;
    QComboBox *m_level, *m_job;
    QLabel* m_found;
    QAction *m_follow, *m_copy, *m_save, *m_next, *m_previous;
    QTimer m_recount; ///< lines that come while something is sought are counted now and then
};

} // namespace fxs::ui
