/// What a call under way hands on to the calls made on its behalf: its deadline, by task-local value.
package struct CallScope: Sendable {
  /// Calls made inside the scope end no later.
  package var deadline: Deadline

  package init(deadline: Deadline) { self.deadline = deadline }

  /// The scope of the current task; nil outside any call, or in one without a deadline.
  @TaskLocal package static var current: CallScope?
}
