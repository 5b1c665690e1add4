#pragma once

#include "engine/core/settings.h"

#include <QWidget>
#include <map>
#include <string>
#include <vector>

class QFormLayout;
class QLabel;
class QToolButton;
class QVBoxLayout;

namespace fxs::ui {

/// A form drawn from the engine's own description of a section's settings: groups, units, ranges and defaults, help as tool tips;
/// what is wrong is said under the field it belongs to. Advanced settings are folded away.
/// Threads: GUI thread.
class SettingsForm : public QWidget {
    Q_OBJECT

public:
    explicit SettingsForm(std::vector<SettingInfo> infos, QWidget* parent = nullptr);
    ~SettingsForm() override;

    /// Sets the fields without emitting changed(); keys that are missing go to their default.
    void setValues(const SettingValues& values);
    /// Values that differ from their defaults and are right by themselves (type, range, choice).
    SettingValues values() const;
    /// What is wrong with what stands in the fields now.
    std::vector<Problem> problems() const;
    /// Problems found elsewhere (a backend's check); those of keys that this form does not have are ignored. Empty clears.
    void setProblems(const std::vector<Problem>& problems);

    /// What the run's own files say of settings that are not given: read in grey in the empty field, the source in its tool tip. A field whose value overrides it is
    /// marked; its button puts it back. Keys that are missing: the files do not say.
    void setFound(const std::map<std::string, std::string>& found);

    /// The editor of a key, for tests and for focus; null if there is none.
    QWidget* editor(const std::string& key) const;

Q_SIGNALS:
    void changed();

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Field {
        SettingInfo info;
        QWidget* editor = nullptr;
        QLabel* problem = nullptr;
        QLabel* label = nullptr;
        QToolButton* reset = nullptr; ///< back to the default; seen while the value is another
        std::string found;            ///< what the run's files say; empty: nothing
    };
    QFormLayout* groupLayout(const QString& group, bool advanced);
    void addField(const SettingInfo& info);
    QWidget* makeEditor(const SettingInfo& info);
    QString textOf(const Field& field) const;
    void setText(Field& field, const std::string& text);
    void showOwnProblems();
    void showWhatIsSet();
    void showIcons();

    std::vector<Field> m_fields;
    std::map<QString, QFormLayout*> m_groups;
    QVBoxLayout* m_layout;
    QToolButton* m_more;
    QWidget* m_advanced;
    QVBoxLayout* m_advancedLayout;
    bool m_quiet = false;
};

} // namespace fxs::ui
