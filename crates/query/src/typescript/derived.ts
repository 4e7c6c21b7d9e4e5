type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">

type DefaultSchema = DatabaseWithoutInternals[Extract<
  keyof DatabaseWithoutInternals,
  "<default>"
>]

export type Tables<
  NameOrSchema extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  Name extends (NameOrSchema extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[NameOrSchema["schema"]]["Tables"] &
        DatabaseWithoutInternals[NameOrSchema["schema"]]["Views"])
    : never) = never,
> = NameOrSchema extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[NameOrSchema["schema"]]["Tables"] &
      DatabaseWithoutInternals[NameOrSchema["schema"]]["Views"])[Name] extends {
      Row: infer Row
    }
    ? Row
    : never
  : NameOrSchema extends keyof (DefaultSchema["Tables"] &
        DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[NameOrSchema] extends {
        Row: infer Row
      }
      ? Row
      : never
    : never

export type TablesInsert<
  NameOrSchema extends
    keyof DefaultSchema["Tables"] | { schema: keyof DatabaseWithoutInternals },
  Name extends (NameOrSchema extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[NameOrSchema["schema"]]["Tables"]
    : never) = never,
> = NameOrSchema extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[NameOrSchema["schema"]]["Tables"][Name] extends {
      Insert: infer Insert
    }
    ? Insert
    : never
  : NameOrSchema extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][NameOrSchema] extends { Insert: infer Insert }
      ? Insert
      : never
    : never

export type TablesUpdate<
  NameOrSchema extends
    keyof DefaultSchema["Tables"] | { schema: keyof DatabaseWithoutInternals },
  Name extends (NameOrSchema extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[NameOrSchema["schema"]]["Tables"]
    : never) = never,
> = NameOrSchema extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[NameOrSchema["schema"]]["Tables"][Name] extends {
      Update: infer Update
    }
    ? Update
    : never
  : NameOrSchema extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][NameOrSchema] extends { Update: infer Update }
      ? Update
      : never
    : never

export type Enums<
  NameOrSchema extends
    keyof DefaultSchema["Enums"] | { schema: keyof DatabaseWithoutInternals },
  Name extends (NameOrSchema extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[NameOrSchema["schema"]]["Enums"]
    : never) = never,
> = NameOrSchema extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[NameOrSchema["schema"]]["Enums"][Name]
  : NameOrSchema extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][NameOrSchema]
    : never

export type CompositeTypes<
  NameOrSchema extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  Name extends (NameOrSchema extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[NameOrSchema["schema"]]["CompositeTypes"]
    : never) = never,
> = NameOrSchema extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[NameOrSchema["schema"]]["CompositeTypes"][Name]
  : NameOrSchema extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][NameOrSchema]
    : never
