#pragma once

#include "widgets/jobs/jobs_model.h"

#include <QList>
#include <QStringList>
#include <QWidget>

class QAction;
class QComboBox;
class QLineEdit;

namespace fxs::ui {

class JobsFilter;
class JobsView;

/// The table of jobs with what can be done to them: a box that filters, and an action a JobAct as button, in the context menu and by
/// a key while the table has the focus. It does nothing itself: it tells what was asked for. An action is on while every chosen row
/// offers it (compare: two rows; log, script, folder and follow: one).
/// Threads: GUI thread.
class JobsPanel : public QWidget {
    Q_OBJECT

public:
    explicit JobsPanel(JobsModel* model, QWidget* parent = nullptr);

    JobsView* view() const { return m_view; }
    QLineEdit* filterBox() const { return m_text; }
    QComboBox* stateBox() const { return m_states; }
    QAction* action(JobAct act) const;
    /// The ids of the chosen rows, from top to bottom.
    QStringList chosen() const;
    void choose(const QStringList& ids);

Q_SIGNALS:
    void requested(fxs::ui::JobAct act, const QStringList& ids);

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Entry {
        JobAct act;
        QString icon;
        QAction* action;
    };
    void makeActions();
    QWidget* makeBar();
    void refresh();
    void refreshIcons();
    void showMenu(const QPoint& at);

    JobsModel* m_model;
    JobsFilter* m_filter;
    JobsView* m_view;
    QLineEdit* m_text;
    QComboBox* m_states;
    QList<Entry> m_actions;
};

} // namespace fxs::ui
